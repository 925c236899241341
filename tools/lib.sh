# shellcheck shell=bash
# What the scripts in tools/ share. Each begins with `. "$(dirname "$0")/lib.sh"` and is then at the top of the project.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The name under which a script speaks: "make test" for tools/test.
habit="make $(basename "$0")"

# The oldest Swift that compiles the project, and the one that the builds on a Raspberry Pi use.
oldest_swift=6.0

say() {
    printf '==> %s\n' "$*"
}

fail() {
    printf '%s: %s\n' "$habit" "$*" >&2
    exit 1
}

# Puts Swift in PATH, or says how to get it.
need_swift() {
    local place version
    if ! command -v swift >/dev/null; then
        for place in /opt/swift/usr/bin /usr/share/swift/usr/bin "$HOME/.local/share/swiftly/bin"; do
            [ -x "$place/swift" ] && PATH=$place:$PATH && break
        done
    fi
    command -v swift >/dev/null ||
        fail "there is no 'swift' in PATH. Install Swift $oldest_swift or newer, see https://www.swift.org/install/linux" \
            "(Debian 13 and Raspberry Pi OS: apt install swiftlang), then try again."
    version=$(swift --version 2>&1 | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || fail "'swift --version' did not answer; is $(command -v swift) a complete toolchain?"
    [ "$(printf '%s\n' "$oldest_swift" "$version" | sort -V | head -n 1)" = "$oldest_swift" ] ||
        fail "Swift $version is too old: the project needs $oldest_swift or newer ($(command -v swift) is what PATH finds)."
}

# The packages of a group in tools/packages.txt, one a line.
packages_of() {
    awk -v group="$1" '$1 == group { print $2 }' tools/packages.txt
}

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Runs a command as root: as it is, or through sudo.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# Installs what is missing of a group; does nothing, and needs no network, when nothing is.
need_packages() {
    local group=$1 package missing=()
    for package in $(packages_of "$group"); do
        installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local how="apt-get install --no-install-recommends ${missing[*]}"
    command -v apt-get >/dev/null ||
        fail "this is no Debian system; install the counterparts of these packages by hand: ${missing[*]}"
    say "Installing from Debian, because they are missing here:"
    for package in "${missing[@]}"; do
        awk -v package="$package" '$2 == package { name = $2; $1 = $2 = ""; printf "      %-16s%s\n", name, $0 }' tools/packages.txt
    done
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "installing needs root, and there is no sudo. As root, run: $how"
        [ -t 0 ] || sudo -n true 2>/dev/null ||
            fail "installing needs root, and sudo asks for a password where nobody can type one. As root, run: $how"
    fi
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}")
    as_root "${install[@]}" </dev/null || {
        say "That did not work with the package lists at hand; fetching new ones."
        as_root apt-get update -q </dev/null || fail "'apt-get update' failed: is there a network? Later, as root: $how"
        as_root "${install[@]}" </dev/null || fail "apt-get could not install them. As root, see what it says to: $how"
    }
}

# need_program PROGRAM PACKAGE: finds a program, or unpacks it from its Debian package into .tools/; prints its path.
need_program() {
    local program=$1 package=$2
    PATH=$PATH:/usr/sbin command -v "$program" && return 0
    [ -x ".tools/bin/$program" ] || unpack "$program" "$package" >&2
    echo "$PWD/.tools/bin/$program"
}

# Downloads a package and those it needs that are not installed; keeps the program and its libraries in .tools/.
unpack() {
    local program=$1 package=$2 work=$PWD/.tools/work archive binary
    command -v apt-get >/dev/null || fail "this is no Debian system; put $program in PATH by hand"
    say "Unpacking $program into .tools/ (from the Debian package $package; nothing is installed)"
    rm -rf "$work"
    mkdir -p "$work/archives/partial" .tools/bin .tools/lib .tools/libexec
    local download=(apt-get install -q -y --download-only --no-install-recommends -o Debug::NoLocking=true
        -o Dir::Cache::archives="$work/archives" -o APT::Sandbox::User="$(id -un)" "$package")
    "${download[@]}" </dev/null || {
        say "That did not work with the package lists at hand; fetching new ones."
        as_root apt-get update -q </dev/null || fail "'apt-get update' failed: is there a network?"
        "${download[@]}" </dev/null || fail "apt-get could not download $package"
    }
    for archive in "$work"/archives/*.deb; do
        dpkg-deb -x "$archive" "$work"
    done
    find "$work" -name '*.so.*' -exec cp -a -t .tools/lib {} +
    binary=$(find "$work" -path "*bin/$program" -perm -u+x -print -quit)
    [ -n "$binary" ] || fail "the package $package holds no $program"
    mv "$binary" .tools/libexec/
    rm -rf "$work"
    # A wrapper, because the libraries lie beside it; exec, so that its process id is the program's.
    cat >".tools/bin/$program" <<WRAPPER
#!/bin/sh
tools=\$(cd "\$(dirname "\$0")/.." && pwd)
LD_LIBRARY_PATH=\$tools/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} exec "\$tools/libexec/$program" "\$@"
WRAPPER
    chmod +x ".tools/bin/$program"
}

# The Python environment of the end-to-end tests and the benchmarks, in .venv: made once, renewed when its pins change.
need_python() {
    local pins=Tests/EndToEnd/requirements.txt
    command -v python3 >/dev/null || fail "there is no 'python3' in PATH. On Debian: apt install python3"
    if .venv/bin/python -c '' 2>/dev/null && cmp -s "$pins" .venv/pins; then
        return 0
    fi
    python3 -c 'import ensurepip, venv' 2>/dev/null || need_packages python
    say "Making a Python environment in .venv with what $pins names"
    rm -rf .venv
    python3 -m venv .venv || fail "'python3 -m venv .venv' failed"
    .venv/bin/pip install --quiet --disable-pip-version-check --requirement "$pins" </dev/null ||
        fail "pip could not install what $pins names: is there a network?"
    cp "$pins" .venv/pins
}
