#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/canary/run.sh: each sanitizer must still stop what it is there for, in code that
# was compiled as the core and the harness are. The oracles' own canaries are in
# tests/test_oracle.c.
set -u
. "$(dirname "$0")/../../scripts/common.sh"

status=0

# expect <name> <words>: the canary dies with these words.
expect() {
	local output

	output=$("$B/asan/canary" "$1" 2>&1)
	if [ $? != 0 ] && grep -q "$2" <<<"$output"; then
		echo "ok canary: $1 ends with \"$2\""
	else
		echo "not ok canary: $1 does not end with \"$2\""
		tail -n 5 <<<"$output" | sed 's/^/  /'
		echo "  alone: $B/asan/canary $1"
		status=1
	fi
}

expect shift 'runtime error: shift exponent 40 is too large'
expect overflow 'runtime error: signed integer overflow'
expect conversion 'runtime error: implicit conversion from type'
expect heap 'AddressSanitizer: heap-buffer-overflow'
expect freed-page 'AddressSanitizer: use-after-poison'

# Without a mistake it must live, or the above would prove nothing.
if [ "$("$B/asan/canary" none 2>&1)" = survived ]; then
	echo "ok canary: none survives"
else
	echo "not ok canary: none dies"
	status=1
fi
exit $status
