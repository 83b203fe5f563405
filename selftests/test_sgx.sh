#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs the kernel's own SGX tests, sources unmodified: all 16 have to pass.
#
#   test_sgx.sh [--retry] [CASE...]
#
# Case ..._oversubscribed_remove changes pages that ksgxd may be writing out
# just then.  Debian's driver answers EAGAIN, and the test does not try again.
# That race is known: on the stock kernel (or with --retry) this one case, and
# only for this reason, is run again, at most 3 times, and it is said.  With EPC
# cgroups the ioctls wait, so there it is a failure like any other.
set -u

out=$(realpath "${O:-$(dirname "$0")/../build}")/selftests/sgx
racy=unclobbered_vdso_oversubscribed_remove
retries=0
[ "${EPCVM-}" = stock ] && retries=3
if [ "${1-}" = --retry ]; then
	retries=3
	shift
fi

cd "$out" || exit 1
log=$(mktemp) && again=$(mktemp) || exit 1
trap 'rm -f "$log" "$again"' EXIT

# The harness prints what was expected and seen: "errno_save (11)" is EAGAIN.
failed_with_eagain() {
	grep -q "$racy:Expected errno_save (11)" "$1"
}

# Run the one case alone until it passes, or fails for another reason.
retry() {
	local try
	for try in $(seq "$retries"); do
		echo "# retried $racy because it failed with EAGAIN (try $try of $retries)"
		./test_sgx "$racy" >"$again" 2>&1 && return 0
		grep "$racy:" "$again"
		failed_with_eagain "$again" || return 1
	done
	return 1
}

./test_sgx "$@" >"$log" 2>&1
status=$?
lost_race=no
[ "$retries" -gt 0 ] && failed_with_eagain "$log" && lost_race=yes
passed=0
failed=0
while IFS= read -r line; do
	case $line in
	"not ok "*" enclave.$racy")
		if [ $lost_race = yes ] && retry; then
			line=${line#not }
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi ;;
	"ok "*) passed=$((passed + 1)) ;;
	"not ok "*) failed=$((failed + 1)) ;;
	"# PASSED:"* | "# FAILED:"* | "# Totals:"*) continue ;;
	esac
	printf '%s\n' "$line"
done <"$log"

echo "# $passed passed, $failed failed, test_sgx ended with status $status"
[ "$failed" -eq 0 ] || exit 1
# Without names there are 16, no more and no less: the kernel's list of today.
[ $# -gt 0 ] || [ "$passed" -eq 16 ]
