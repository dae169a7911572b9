#!/bin/bash
# Check the models in doc/model with SPIN: every order in which things can happen. Then leave out one rule after the
# other: a model that finds nothing then would prove nothing. Prints TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
models=$PWD/doc/model
work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-model.XXXXXX")
trap 'rm -rf "$work"' EXIT

count=0 failed=0
result() { # result STATUS "what"
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		failed=$((failed + 1))
		echo "not ok $count - $2"
		tail -n 20 "$work/log" | sed 's/^/# /'
	fi
}

# Searches all of it: "errors: 0", and nothing left out. Fairness: what can always go on does so some day.
holds() { # holds MODEL CLAIM [-DFORGET_...]
	(
		cd "$work" && rm -f ./* && spin -a ${3+"$3"} "$models/$1.pml" || exit 1
		if [ "$2" = assert ]; then
			gcc -w -O2 -DSAFETY -DNOCLAIM -o pan pan.c && ./pan -m1000000
		else
			gcc -w -O2 -DNFAIR=4 -o pan pan.c && ./pan -a -f -m1000000 -N "$2"
		fi
	) >"$work.log" 2>&1
	mv "$work.log" "$work/log"
	grep -q 'errors: 0$' "$work/log" && ! grep -q 'max search depth too small\|error:' "$work/log"
}

refutes() { # refutes MODEL CLAIM -DFORGET_...
	! holds "$@" && grep -q 'errors: 1$' "$work/log"
}

for claim in "life assert" "life no_loss" "life regains" "seats assert" "seats holds" "seats returns"; do
	# shellcheck disable=SC2086 # two words
	holds $claim
	result $? "the model holds: $claim"
done
for claim in "life no_loss -DFORGET_OVERTAKEN" "life no_loss -DFORGET_MEANWHILE" "life no_loss -DFORGET_CONFIRMED" \
	"life assert -DFORGET_BLOCK" "seats assert -DFORGET_COUNT" "seats returns -DFORGET_RETURN"; do
	# shellcheck disable=SC2086 # three words
	refutes $claim
	result $? "the model finds what is wrong: $claim"
done
echo "1..$count"
[ "$failed" = 0 ]
