# shellcheck shell=bash
# Builds with Debian 13, whose Swift is the oldest that is supported and the one of Raspberry Pi OS. Sourced after lib.sh.
#
# The roots are in DEBIAN13_CACHE (/var/cache/leadville-debian13): 3 GB for this machine's architecture, as much for arm64.

debian13_cache=${DEBIAN13_CACHE:-/var/cache/leadville-debian13}

# need_debian13 ARCHITECTURE: creates the root of this architecture; with this machine's own, programs of it can be run.
need_debian13() {
    local architecture=$1 variant=essential root=$debian13_cache/$1 work packages sources=()
    [ "$architecture" = "$(dpkg --print-architecture)" ] || variant=extract
    packages=$({ packages_of build; packages_of mongodb; } | paste -sd,),swiftlang
    [ "$variant" = extract ] || packages+=,ca-certificates,git,make
    cmp -s <(echo "$packages") "$root.packages" && return 0
    [ "$(id -u)" = 0 ] || fail "creating a root of Debian 13 needs root"
    need_packages cross
    say "Creating a root of Debian 13 for $architecture in $root (1 GB of downloads)"
    rm -rf "$root" "$root.packages"
    mkdir -p "$debian13_cache"
    work=$(mktemp -d)
    # The package archive that this machine uses.
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        if [ -s "$file" ] && { [ "$file" = /etc/apt/sources.list ] || grep -q debian-archive-keyring "$file"; }; then
            sed 's/bookworm/trixie/g' "$file" >"$work/${file##*/}"
            sources+=("$work/${file##*/}")
        fi
    done
    mmdebstrap --quiet --mode=root --variant="$variant" --architectures="$architecture" --format=dir \
        --include="$packages" --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        trixie "$root" "${sources[@]}" 2>"$work/log" || { cat "$work/log" >&2; fail "mmdebstrap failed, see above"; }
    rm -rf "$work"
    mkdir -p "$root/project" "$root/target" "$root/build"
    echo "$packages" >"$root.packages"
}

# in_debian13 [--target ROOT] COMMAND...: runs a command in the root, with the project at /project and the root of another
# architecture at /target. Its mounts disappear with it.
in_debian13() {
    local root target=
    root=$debian13_cache/$(dpkg --print-architecture)
    if [ "$1" = --target ]; then
        target=$2
        shift 2
    fi
    # shellcheck disable=SC2016
    unshare --mount --propagation private bash -c '
        set -e
        root=$1 target=$2
        shift 2
        mount --bind "$PWD" "$root/project"
        mount --bind /proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/tmp"
        [ -z "$target" ] || mount --bind "$target" "$root/target"
        exec env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 chroot "$root" \
            bash -c "cd /project && exec \"\$@\"" bash "$@"
    ' in_debian13 "$root" "$target" "$@"
}

# build_arm64 PRODUCT...: builds programs for 64-bit ARM, .run/arm64/PRODUCT, with the Swift of Debian 13; and
# .run/arm64/emulated/PRODUCT, which run them on this machine.
build_arm64() {
    local product own target=$debian13_cache/arm64 swift=/target/usr/libexec/swift/lib/swift_static
    own=$debian13_cache/$(dpkg --print-architecture)
    need_packages cross
    need_debian13 "$(dpkg --print-architecture)"
    need_debian13 arm64
    ln -sfn usr/lib "$target/lib"
    cat >"$own/build/arm64.json" <<DESTINATION
{
  "version": 1,
  "sdk": "/target",
  "toolchain-bin-dir": "/usr/bin",
  "target": "aarch64-unknown-linux-gnu",
  "dynamic-library-extension": "so",
  "extra-cc-flags": ["--sysroot=/target"],
  "extra-swiftc-flags": ["-sdk", "/target", "-resource-dir", "$swift", "-Xclang-linker", "--sysroot=/target"],
  "extra-cpp-flags": ["--sysroot=/target"]
}
DESTINATION
    # The linker of this machine does not know arm64, the one of Swift does.
    printf '#!/bin/sh\nexec /usr/libexec/swift/bin/ld.lld "$@"\n' >"$own/usr/bin/aarch64-unknown-linux-gnu-ld"
    chmod +x "$own/usr/bin/aarch64-unknown-linux-gnu-ld"
    rm -rf .run/arm64
    mkdir -p .run/arm64/emulated
    for product; do
        say "Building $product for arm64"
        # The package with the debug symbols finds them by the build's id, which only Debian's own clang adds by itself.
        in_debian13 --target "$target" env PKG_CONFIG_SYSROOT_DIR=/target \
            PKG_CONFIG_PATH=/target/usr/lib/aarch64-linux-gnu/pkgconfig:/target/usr/lib/pkgconfig:/target/usr/share/pkgconfig \
            LEADVILLE_MONGODB="${MONGODB:+1}" \
            swift build --configuration release --static-swift-stdlib --destination /build/arm64.json \
            --scratch-path /build/arm64 -Xlinker --build-id=sha1 --product "$product" </dev/null ||
            fail "the build for arm64 failed"
        cp "$own/build/arm64/release/$product" .run/arm64/
        # exec keeps the process id.
        cat >".run/arm64/emulated/$product" <<WRAPPER
#!/bin/sh
exec qemu-aarch64-static -L "$target" "$PWD/.run/arm64/$product" "\$@"
WRAPPER
        chmod +x ".run/arm64/emulated/$product"
    done
}

# The packages with the shared libraries of a program for another architecture, for the field Depends. Debian gives them the
# same names on all architectures.
library_packages() {
    local library found
    readelf --dynamic "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r library; do
        # The version of libc6 is given by hand.
        case $library in ld-linux-* | libc.so.* | libm.so.*) continue ;; esac
        found=$(in_debian13 dpkg-query --search "*/$library" | head -n 1)
        [ -n "$found" ] || fail "no package of Debian 13 has $library"
        echo "${found%%:*}"
    done | sort -u | paste -sd, | sed 's/,/, /g'
}
