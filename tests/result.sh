# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by scripts whose "ok ..." and "not ok ..." lines make check counts.
#
#   $area    comes before each text
#   $said    files whose first lines are shown below what is not ok
#   $failed  1 from then on
failed=0
said=()

# result <status> <text>: the line. Return: the status.
result() {
	local file

	if [ "$1" = 0 ]; then
		echo "ok $area: $2"
		return
	fi
	echo "not ok $area: $2"
	failed=1
	for file in "${said[@]}"; do [ ! -f "$file" ] || head -n 10 "$file" | sed 's/^/  /'; done
	return "$1"
}
