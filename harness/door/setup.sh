# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What has to be installed, and installing it on Debian and Ubuntu. Sourced by run.sh.
#
# A line is: for whom (suite; vm and test need those too; all is everything), what shows that it is there (a command, `lib:` a
# pkg-config module, `file:` a glob), and the packages that bring it (the first that the archive
# has). Looking costs one process, and that only for the libraries.

readonly SETUP_TABLE='
suite    gcc                                gcc
suite    file:/usr/include/stdio.h          libc6-dev
suite    file:/usr/include/linux/bpf.h      linux-libc-dev
suite    make                               make
suite    pkg-config                         pkg-config|pkgconf
suite    clang                              clang
suite    llc                                llvm
suite    lib:libbpf                         libbpf-dev
suite    lib:libmnl                         libmnl-dev
suite    lib:libcyaml                       libcyaml-dev
suite    lib:yaml-0.1                       libyaml-dev
suite    lib:jansson                        libjansson-dev
suite    lib:libxxhash                      libxxhash-dev
suite    lib:liburing                       liburing-dev
suite    lib:mxml                           libmxml-dev
suite    lib:libarchive                     libarchive-dev
suite    lib:libseccomp                     libseccomp-dev
suite    bats                               bats
suite    jq                                 jq
suite    socat                              socat
suite    ethtool                            ethtool
suite    zstd                               zstd
suite    curl                               curl
suite    xxd                                xxd|vim-common
suite    dnsmasq                            dnsmasq-base|dnsmasq
suite    ip                                 iproute2
suite    unshare                            util-linux
suite    nsenter                            util-linux
suite    setpriv                            util-linux
suite    flock                              util-linux
suite    pgrep                              procps
suite    awk                                mawk|gawk
suite    bpftool                            bpftool|linux-tools-generic
vm       qemu-system-x86_64                 qemu-system-x86
vm       mke2fs                             e2fsprogs
vm       xz                                 xz-utils
test     lib:cmocka                         libcmocka-dev
test     file:/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.asan*.a  libclang-rt-dev|libclang-rt-14-dev|libclang-common-14-dev
test     file:/usr/lib*/*/libzstd.a         libzstd-dev
test     file:/usr/lib*/*/libelf.a          libelf-dev
test     file:/usr/lib*/*/libz.a            zlib1g-dev
test     clang-format                       clang-format
test     clang-tidy                         clang-tidy
test     shellcheck                         shellcheck
test     git                                git
test     nginx                              nginx-light
all      python3                            python3
all      node                               nodejs
all      javac                              default-jdk-headless
'

declare -a SETUP_MISSING=() SETUP_PACKAGES=()

# ---- looking ----

setup_libraries_missing() {
    local library

    command -v pkg-config >/dev/null || {
        printf '%s\n' "$@"
        return
    }
    pkg-config --exists "$@" && return
    for library; do
        pkg-config --exists "$library" || say "$library"
    done
}

# setup_is_there WHAT LIBRARIES-THAT-ARE-MISSING
setup_is_there() {
    local -a found

    case $1 in
    lib:*) [[ $'\n'$2$'\n' != *$'\n'"${1#lib:}"$'\n'* ]] ;;
    file:*)
        # shellcheck disable=SC2206
        found=(${1#file:})
        [[ -e ${found[0]:-} ]]
        ;;
    *) type -P "$1" >/dev/null ;;
    esac
}

# setup_is_for WHOM WANT
setup_is_for() {
    [[ $1 == suite || $1 == "$2" || $2 == all ]]
}

# setup_look suite|vm|test|all: fills SETUP_MISSING ("WHAT") and SETUP_PACKAGES ("A|B").
setup_look() {
    local want=$1 whom what packages missing
    local -a libraries=()

    SETUP_MISSING=() SETUP_PACKAGES=()
    while read -r whom what packages; do
        [[ $what != lib:* ]] || ! setup_is_for "$whom" "$want" || libraries+=("${what#lib:}")
    done <<<"$SETUP_TABLE"
    missing=$(setup_libraries_missing "${libraries[@]}")
    while read -r whom what packages; do
        setup_is_for "$whom" "$want" || continue
        setup_is_there "$what" "$missing" && continue
        SETUP_MISSING+=("${what#*:}")
        SETUP_PACKAGES+=("$packages")
    done <<<"$SETUP_TABLE"
}

# ---- installing ----

setup_is_debian() {
    [[ -r /etc/debian_version ]] && type -P apt-get apt-cache >/dev/null
}

# Prints the first of "A|B" that can be installed.
setup_candidate() {
    local package
    local -a packages

    IFS='|' read -r -a packages <<<"$1"
    for package in "${packages[@]}"; do
        if apt-cache policy "$package" 2>/dev/null | grep 'Candidate: [^(]' >/dev/null; then
            say "$package"
            return
        fi
    done
    return 1
}

# Fills SETUP_CHOSEN with one package for each of SETUP_PACKAGES; fails when one is not in the lists.
setup_choose() {
    local packages chosen complete=0

    SETUP_CHOSEN=()
    for packages in "${SETUP_PACKAGES[@]}"; do
        if chosen=$(setup_candidate "$packages"); then
            [[ " ${SETUP_CHOSEN[*]:-} " == *" $chosen "* ]] || SETUP_CHOSEN+=("$chosen")
        else
            complete=1
        fi
    done
    return "$complete"
}

# setup_apt TITLE ARGUMENT...
setup_apt() {
    watch "$1" "$SETUP_LOG" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 "${@:2}"
}

# A package that brings a service would start it: this is for tests, and they start what they need.
setup_packages() (
    local policy=/usr/sbin/policy-rc.d

    if [[ ! -e $policy ]]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    setup_apt installing install --no-install-recommends "$@"
)

setup_update() {
    say "apt-get update"
    setup_apt 'apt-get update' update || die "$CODE_FAILED" "apt-get update failed: $(tail -n 1 "$SETUP_LOG") ($SETUP_LOG)"
}

setup_install() {
    local updated=''

    SETUP_LOG=$(mktemp /tmp/waypost-setup.XXXXXX.log)
    if ! setup_choose; then
        setup_update
        updated=1
        setup_choose || true
    fi
    say "installing ${SETUP_CHOSEN[*]} (log: $SETUP_LOG)"
    setup_packages "${SETUP_CHOSEN[@]}" && return
    # The lists may be older than the archive: what they name is gone.
    [[ -n $updated ]] || setup_update
    setup_packages "${SETUP_CHOSEN[@]}" && return
    tail -n 5 "$SETUP_LOG" >&2
    die "$CODE_FAILED" "cannot install the packages; the whole log is in $SETUP_LOG"
}

# setup_need suite|vm|test|all: installs what is missing, or says what is and ends.
setup_need() {
    local packages

    [[ -z ${WAYPOST_VM:-} ]] || return 0
    setup_look "$1"
    ((${#SETUP_MISSING[@]} > 0)) || return 0
    printf -v packages ' %s' "${SETUP_PACKAGES[@]%%|*}"
    if ! setup_is_debian; then
        die "$CODE_FAILED" "missing: ${SETUP_MISSING[*]} (on Debian the packages are:$packages)"
    fi
    if ((EUID != 0)); then
        die "$CODE_FAILED" "missing: ${SETUP_MISSING[*]}; install them with: sudo ./run.sh setup $1"
    fi
    setup_install
    setup_look "$1"
    ((${#SETUP_MISSING[@]} == 0)) ||
        die "$CODE_FAILED" "still missing after the installation: ${SETUP_MISSING[*]} ($SETUP_LOG)"
    rm -f "$SETUP_LOG"
}

setup_main() {
    local want=${1:-test}

    if (($# > 1)) || [[ $want != suite && $want != vm && $want != test && $want != all ]]; then
        die "$CODE_MISTAKE" "'setup' takes 'suite', 'vm', 'test' or 'all', not '$*'"
    fi
    setup_need "$want"
    say "everything that '$want' needs is installed"
}
