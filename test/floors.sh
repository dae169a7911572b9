#!/bin/bash
# The build's own rules: which folder may include which, who may parse, who may hold keys; and every header
# compiles alone. Prints TAP.
set -u
cd "$(dirname "$0")/.." || exit 1

# Folder and floor, as in ARCHITECTURE.md.
floors="base:0 os:1 crypto:1 codec:1 exe:1 net:2 delta:2 format:2 match:2 verdict:3 sigdb:3 tuf:3 entitle:3
scan:4 pool:4 outgoing:4 agent:4 store:4 pay:4 service:4 support:4 tmforum:4 prog:5"

count=0 failed=0
result() { # result "what" "problems"
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		failed=$((failed + 1))
		echo "not ok $count - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}

floor_of() {
	local pair
	for pair in $floors; do
		[ "${pair%%:*}" = "$1" ] && echo "${pair##*:}" && return
	done
}

bad=$(for dir in src/*/; do
	dir=$(basename "$dir")
	[ -n "$(floor_of "$dir")" ] || echo "src/$dir has no floor: add it to ARCHITECTURE.md and here"
done)
result "every folder has a floor" "$bad"

# Unit tests may look at anything below them too, but not up.
bad=$(grep -rHo '^#include "[^"]*"' src --include='*.[ch]' | sed 's/:#include "/ /; s/"$//' |
	while read -r file included; do
		from=$(echo "$file" | cut -d/ -f2)
		to=${included%%/*}
		[ "$from" = "$to" ] && continue
		case "$file:$included" in *_test.c:base/test.h) continue ;; esac
		a=$(floor_of "$from") b=$(floor_of "$to")
		if [ -z "$b" ]; then
			echo "$file includes \"$included\": not a path from src/"
		elif [ "$b" -ge "$a" ]; then
			echo "$file (floor $a) includes $included (floor $b)"
		fi
	done)
result "a folder includes only itself and lower floors" "$bad"

bad=$(grep -rHo '^#include "prog/[^"]*"' src/prog --include='*.[ch]' | sed 's/:#include "/ /; s/"$//' |
	while read -r file included; do
		[ "$(echo "$file" | cut -d/ -f3)" = "$(echo "$included" | cut -d/ -f2)" ] ||
			echo "$file includes $included"
	done)
result "no program includes another" "$bad"

bad=$(grep -rlE '^#include "(format|scan|match|sigdb)/' src/prog src/agent src/pool src/service src/store src/pay |
	grep -vE '^src/prog/(worker|publish)/')
result "only the worker and the publisher parse what is scanned" "$bad"

bad=$(grep -rlE 'sign_(bytes|make_pair|pair_from_seed)|lease_sign' src --include='*.[ch]' |
	grep -vE '^src/(crypto|entitle/lease|tuf)/?|^src/prog/(signer|publish)/|_(test|fuzz)\.c$')
result "only the signer and the publisher sign" "$bad"

bad=$(grep -lE '^#include ("net/|"store/|<curl|<sqlite3)' src/prog/signer/*.[ch])
result "the signer has neither network nor store" "$bad"

bad=$(grep -lE '^#include "(store|crypto/sign)' src/prog/courier/*.[ch])
result "the courier has neither store nor key" "$bad"

bad=$(grep -lE '^#include ("net/|"crypto/sign|<curl)' src/prog/clerk/*.[ch])
result "the clerk has neither network nor key" "$bad"

read -ra desktop < <(pkg-config --cflags libadwaita-1)
bad=$(find src -name '*.h' | sort | while read -r header; do
	echo "#include \"${header#src/}\"" |
		${CC:-cc} -std=c17 -D_GNU_SOURCE -Isrc "${desktop[@]}" -fsyntax-only -x c - 2>&1 | head -n 3
done)
result "every header compiles alone" "$bad"

bad=$(sed -n 's/^\t{ "[a-z_]*", "\([a-z_.]*\)" },$/\1/p' src/entitle/event_type.c | while read -r type; do
	grep -qF "\`$type\`" doc/webhooks.md || echo "$type is not in doc/webhooks.md"
done
grep -q '^	{ "ordered"' src/entitle/event_type.c || echo "the table of event types is not where it was")
result "every event type is documented" "$bad"

bad=$(find src -name '*.[ch]' -exec awk 'FNR == 1 && !/^\/\*/ { print FILENAME ": does not begin by saying what it owns" }' {} +)
result "every file begins by saying what it is for" "$bad"

# Tests are tables of cases: they may be longer.
bad=$(find src -name '*.[ch]' ! -name '*_test.c' -exec wc -l {} + | awk '$2 != "total" && $1 > 650 { print $2 ": " $1 " lines" }')
result "no file is longer than 650 lines" "$bad"

echo "1..$count"
[ "$failed" = 0 ]
