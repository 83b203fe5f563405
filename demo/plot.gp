# SPDX-License-Identifier: GPL-2.0
# The picture of the demo: a column for each kernel, time to the right.
#
#   gnuplot -e "dir='build/demo'; svg='build/demo.svg'" demo/plot.gp
#
# dir has stock.dat and epc.dat, made by demo/report --points:
# s, quiet MiB, quiet + greedy MiB, pages of quiet written out, speed of quiet in %

set terminal svg size 1040,760 font "DejaVu Sans,Helvetica,Arial,sans-serif,13" background "#ffffff"
set output svg

ink = "#333333"
pale = "#999999"
quiet = "#2f6db3"
greedy = "#f0b65a"

file(k) = dir."/".k.".dat"
epc = real(system("awk '{ print $3 + 0; exit }' ".file("stock")))

# The same scales left and right, or the two could not be compared.
stats file("stock") using 1:4 nooutput prefix "S"
stats file("epc") using 1:4 nooutput prefix "E"
end = S_max_x > E_max_x ? S_max_x : E_max_x
pages = S_max_y > E_max_y ? S_max_y : E_max_y
pages = pages > 10 ? pages * 1.05 : 10
stats file("stock") using 5 nooutput prefix "SR"
stats file("epc") using 5 nooutput prefix "ER"
speed = SR_max > ER_max ? SR_max : ER_max
speed = speed > 115 ? speed * 1.05 : 115

# At most five numbers on the axis, and round ones.
raw = pages / 4.0
mag = 10 ** floor(log10(raw))
step = raw <= mag ? mag : raw <= 2 * mag ? 2 * mag : raw <= 5 * mag ? 5 * mag : 10 * mag

# When the greedy tenant comes: the last sample in which it has no EPC.
came(k) = real(system("awk '!/^#/ && $3 > $2 { print t; exit } { t = $1 }' ".file(k)))

set multiplot
set xrange [0:end]
set border 3 linecolor rgb pale
set tics nomirror out scale 0.5 textcolor rgb ink
set grid ytics linecolor rgb "#e4e4e4" linetype 1 linewidth 0.5
set key off
set style fill solid 1.0 noborder

set label 1 "Two tenants of one machine's enclave memory, without and with a limit" \
	at screen 0.095,0.965 font ",17" textcolor rgb ink
set label 2 "quiet: 16 MiB enclave, touches some pages, rests, goes on.  greedy: 96 MiB enclave, touches its pages in turn.  EPC: ".sprintf("%.0f MiB.", epc) \
	at screen 0.095,0.928 font ",12" textcolor rgb "#666666"

do for [c = 0:1] {
	k = c == 0 ? "stock" : "epc"
	t = came(k)
	last = c == 0 ? S_max_x : E_max_x
	set lmargin at screen 0.095 + c * 0.46
	set rmargin at screen 0.525 + c * 0.46
	set arrow 1 from t, graph 0 to t, graph 1 nohead linecolor rgb ink dashtype 3 linewidth 1

	# 1: who has the EPC
	set tmargin at screen 0.845
	set bmargin at screen 0.525
	set title (c == 0 ? "stock: nothing limits EPC" : "epc: misc.max of the greedy tenant is 32 MiB") \
		font ",14" textcolor rgb ink offset 0,-0.2
	set yrange [0:1.125 * epc]
	set ytics epc / 4
	set format x ""
	if (c == 0) {
		set ylabel "EPC, MiB" textcolor rgb ink
		set format y "%.0f"
	} else {
		unset ylabel
		set format y ""
	}
	set arrow 2 from 0, epc to end, epc nohead linecolor rgb ink linewidth 1
	set label 3 "all EPC" at end, 1.055 * epc right font ",11" textcolor rgb ink
	set label 4 "quiet" at t / 2, 0.125 * epc center front font ",13" textcolor rgb "#ffffff"
	set label 5 "greedy" at (t + last) / 2, 0.5 * epc center front font ",13" textcolor rgb ink
	set label 6 "greedy comes" at t + 0.2, 1.055 * epc font ",11" textcolor rgb ink
	if (c == 1) {
		set label 7 "free" at (t + last) / 2, 0.875 * epc center font ",13" textcolor rgb pale
	}
	plot file(k) using 1:2:3 with filledcurves linecolor rgb greedy, \
	     file(k) using 1:2 with filledcurves y1=0 linecolor rgb quiet
	unset title
	unset arrow 2
	unset for [i = 1:7] label i

	# 2: what the quiet tenant has lost so far
	set tmargin at screen 0.475
	set bmargin at screen 0.305
	set yrange [0:pages]
	set ytics step
	if (c == 0) { set ylabel "quiet's pages\nwritten out" }
	plot file(k) using 1:4 with filledcurves y1=0 linecolor rgb "#c9dbf0", \
	     file(k) using 1:4 with lines linecolor rgb quiet linewidth 2

	# 3: how fast it goes on
	set tmargin at screen 0.255
	set bmargin at screen 0.085
	set yrange [0:speed]
	set ytics 50
	set format x "%.0f"
	set xlabel "seconds" textcolor rgb ink offset 0,0.3
	if (c == 0) { set ylabel "speed of quiet,\n% of alone" }
	plot 100 with lines linecolor rgb pale dashtype 2 linewidth 1, \
	     file(k) using 1:5 with lines linecolor rgb quiet linewidth 2
	unset xlabel
}
unset multiplot
