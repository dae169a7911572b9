# packaging/setup.sh: sourced by ./demo and ./check: install what is missing, build what changed.
# shellcheck shell=bash

setup_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

setup_die() {
	printf '%s\n' "$*" >&2
	exit 1
}

# The packages of packages.txt, one a line.
setup_packages() {
	sed 's/#.*//; /^[[:space:]]*$/d; s/[[:space:]]//g' "$setup_top/packaging/packages.txt"
}

# Whether a package is there; npm also when it came with a Node that is not Debian's, which its package excludes.
setup_is_installed() {
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed && return
	[ "$1" = npm ] && command -v npm >/dev/null
}

# Install what is missing. Takes no step when nothing is.
setup_install() {
	local missing log sudo=
	command -v dpkg-query >/dev/null ||
		setup_die "This is not a Debian system. Holdfast is built and tested on Debian 12; elsewhere, install" \
			"what packaging/packages.txt lists and build with: meson setup build/gcc && ninja -C build/gcc"
	missing=$(setup_packages | while read -r name; do
		setup_is_installed "$name" || echo "$name"
	done)
	[ -n "$missing" ] || return 0
	missing=${missing//$'\n'/ }
	printf 'Installing: %s\n' "$missing"
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || setup_die "These packages are missing, and there is no sudo to install" \
			"them with. As root: apt-get install $missing"
		sudo=sudo
	fi
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! { $sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive \
		apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		setup_die "The packages could not be installed; apt-get says why, above."
	fi
	rm -f "$log"
}

# setup_build NAME [meson option...]: configure build/NAME once, then build what changed. CC picks the compiler.
setup_build() {
	local dir=$setup_top/build/$1 log
	shift
	log=$(mktemp)
	if [ ! -f "$dir/build.ninja" ]; then
		meson setup "$dir" "$setup_top" "$@" >"$log" 2>&1 || {
			cat "$log" >&2
			rm -rf "$dir"
			setup_die "The build in $dir could not be configured."
		}
	fi
	ninja -C "$dir" >"$log" 2>&1 || {
		grep -v '^\[' "$log" | tail -n 60 >&2
		rm -f "$log"
		setup_die "The build in $dir failed."
	}
	rm -f "$log"
}

# The packages of test/package.json, in exactly those versions, into test/node_modules. Takes no step when they
# are there. None of them runs a script of its own while it is installed.
setup_npm() {
	local log
	node "$setup_top/test/packages.mjs" 2>/dev/null && return
	log=$(mktemp)
	echo "Installing the packages of test/package.json"
	npm install --prefix "$setup_top/test" --no-package-lock --ignore-scripts --no-audit --no-fund \
		--fetch-timeout=60000 --fetch-retries=1 >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		rm -f "$log"
		setup_die "The packages of test/package.json could not be installed; npm says why, above."
	}
	rm -f "$log"
}
