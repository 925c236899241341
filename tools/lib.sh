# shellcheck shell=bash
# Shared by the scripts in tools/. Each sources it with `. "$(dirname "$0")/lib.sh"`, which changes to the top of the
# project.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The script's name in messages: "make test" for tools/test.
command_name="make $(basename "$0")"

# The oldest supported Swift, used for builds on a Raspberry Pi.
oldest_swift=6.0

say() {
    printf '==> %s\n' "$*"
}

fail() {
    printf '%s: %s\n' "$command_name" "$*" >&2
    exit 1
}

# Adds Swift to PATH, or explains how to install it.
need_swift() {
    local place version
    if ! command -v swift >/dev/null; then
        for place in /opt/swift/usr/bin /usr/share/swift/usr/bin "$HOME/.local/share/swiftly/bin"; do
            [ -x "$place/swift" ] && PATH=$place:$PATH && break
        done
    fi
    command -v swift >/dev/null ||
        fail "'swift' is not in PATH. Install Swift $oldest_swift or newer, see https://www.swift.org/install/linux" \
            "(Debian 13 and Raspberry Pi OS: apt install swiftlang)."
    version=$(swift --version 2>&1 | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || fail "'swift --version' failed; check whether $(command -v swift) is a complete toolchain"
    [ "$(printf '%s\n' "$oldest_swift" "$version" | sort -V | head -n 1)" = "$oldest_swift" ] ||
        fail "Swift $version ($(command -v swift)) is too old: the project needs $oldest_swift or newer."
}

# The packages of a group in tools/packages.txt, one per line.
packages_of() {
    awk -v group="$1" '$1 == group { print $2 }' tools/packages.txt
}

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Runs a command as root, with sudo if needed.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# Installs the missing packages of a group; needs no network if none is missing.
need_packages() {
    local group=$1 package missing=()
    for package in $(packages_of "$group"); do
        installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local how="apt-get install --no-install-recommends ${missing[*]}"
    command -v apt-get >/dev/null ||
        fail "this is not a Debian system; install the equivalents of these packages: ${missing[*]}"
    say "Installing missing Debian packages:"
    for package in "${missing[@]}"; do
        awk -v package="$package" '$2 == package { name = $2; $1 = $2 = ""; printf "      %-16s%s\n", name, $0 }' tools/packages.txt
    done
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "installing packages needs root, and sudo is missing. Run as root: $how"
        [ -t 0 ] || sudo -n true 2>/dev/null ||
            fail "installing packages needs root, and sudo needs a password but there is no terminal. Run as root: $how"
    fi
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}")
    as_root "${install[@]}" </dev/null || {
        say "apt-get failed with the current package lists; updating them."
        as_root apt-get update -q </dev/null || fail "'apt-get update' failed; check the network, then run as root: $how"
        as_root "${install[@]}" </dev/null || fail "apt-get could not install the packages. Run as root: $how"
    }
}

# need_program PROGRAM PACKAGE: finds a program, or unpacks its Debian package into .tools/; prints its path.
need_program() {
    local program=$1 package=$2
    PATH=$PATH:/usr/sbin command -v "$program" && return 0
    [ -x ".tools/bin/$program" ] || unpack "$program" "$package" >&2
    echo "$PWD/.tools/bin/$program"
}

# Downloads a package and its missing dependencies; stores the program and its libraries in .tools/.
unpack() {
    local program=$1 package=$2 work=$PWD/.tools/work archive binary
    command -v apt-get >/dev/null || fail "this is not a Debian system; install $program and add it to PATH"
    say "Unpacking $program into .tools/ (from the Debian package $package, which is not installed)"
    rm -rf "$work"
    mkdir -p "$work/archives/partial" .tools/bin .tools/lib .tools/libexec
    local download=(apt-get install -q -y --download-only --no-install-recommends -o Debug::NoLocking=true
        -o Dir::Cache::archives="$work/archives" -o APT::Sandbox::User="$(id -un)" "$package")
    "${download[@]}" </dev/null || {
        say "apt-get failed with the current package lists; updating them."
        as_root apt-get update -q </dev/null || fail "'apt-get update' failed; check the network"
        "${download[@]}" </dev/null || fail "apt-get could not download $package"
    }
    for archive in "$work"/archives/*.deb; do
        dpkg-deb -x "$archive" "$work"
    done
    find "$work" -name '*.so.*' -exec cp -a -t .tools/lib {} +
    binary=$(find "$work" -path "*bin/$program" -perm -u+x -print -quit)
    [ -n "$binary" ] || fail "the package $package does not contain $program"
    mv "$binary" .tools/libexec/
    rm -rf "$work"
    # A wrapper that sets the library path; exec keeps the process id.
    cat >".tools/bin/$program" <<WRAPPER
#!/bin/sh
tools=\$(cd "\$(dirname "\$0")/.." && pwd)
LD_LIBRARY_PATH=\$tools/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} exec "\$tools/libexec/$program" "\$@"
WRAPPER
    chmod +x ".tools/bin/$program"
}

# The Python environment of the end-to-end tests and the benchmarks.
need_python() {
    need_python_environment .venv Tests/EndToEnd/requirements.txt Tests/EndToEnd/files.txt
}

# need_python_environment FOLDER PINS [FILES]: creates it with the pinned packages, and with those of FILES without what they
# need. It is recreated when a version changes.
need_python_environment() {
    local folder=$1 pins=$2 files=${3:-/dev/null}
    command -v python3 >/dev/null || fail "'python3' is not in PATH. On Debian: apt install python3"
    if "$folder/bin/python" -c '' 2>/dev/null && cat "$pins" "$files" | cmp -s - "$folder/pins"; then
        return 0
    fi
    python3 -c 'import ensurepip, venv' 2>/dev/null || need_packages python
    say "Creating the Python environment $folder from $pins"
    rm -rf "$folder"
    python3 -m venv "$folder" || fail "'python3 -m venv $folder' failed"
    "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins" </dev/null ||
        fail "pip could not install $pins; check the network"
    if [ -s "$files" ]; then
        "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$files" </dev/null ||
            fail "pip could not install $files; check the network"
    fi
    cat "$pins" "$files" >"$folder/pins"
}
