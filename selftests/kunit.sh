#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The unit tests of our kernel files. They ran when the kernel "kunit" booted; this
# prints their results, and fails if one of those in the sources has not passed.
#
#   kunit.sh [SUITE.CASE...]    all of them without a name
#   kunit.sh --list             their names
set -u

here=$(dirname "$0")

# SUITE.CASE of every test in the sources.
list() {
	local file suite
	find "$here/../linux" -name '*_test.c' | sort | while read -r file; do
		suite=$(sed -n 's/^\t\.name\t*= "\(.*\)",$/\1/p' "$file")
		sed -n "s/^\tKUNIT_CASE(\(.*\)),\$/$suite.\1/p" "$file"
	done
}

[ "${1-}" != --list ] || { list; exit; }
[ $# -gt 0 ] || mapfile -t cases < <(list)
[ $# = 0 ] || cases=("$@")
echo "KTAP version 1"
echo "1..${#cases[@]}"
failed=$((${#cases[@]} == 0))
number=0
for name in "${cases[@]}"; do
	results=/sys/kernel/debug/kunit/${name%%.*}/results
	number=$((number + 1))
	if grep -qE "^ *ok [0-9]+ (- )?${name#*.}\$" "$results"; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		failed=1
	fi
done
# What they said, of interest when one has failed: first the reasons.
if [ $failed != 0 ]; then
	grep -hA 8 'EXPECTATION FAILED\|ASSERTION FAILED' /sys/kernel/debug/kunit/*/results |
		sed 's/^/# /'
	sed 's/^/# /' /sys/kernel/debug/kunit/*/results
fi
exit $failed
