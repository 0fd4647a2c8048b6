# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Kernels for virtual machines: a distribution's package, downloaded once and unpacked, never
# installed; and the initramfs with the modules that a machine needs. Sourced by run.sh.

readonly VM_CACHE=${WAYPOST_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/waypost}

# What the machine itself needs, and what the suites make. Those that are built in are no files.
readonly VM_MODULES='virtio_pci virtio_blk virtio_console ext4 overlay crc32c_intel veth tcp_diag udp_diag'

# ---- packages ----

# The package with the image, of one that may only name it.
vm_kernel_real_package() {
    local real

    real=$(apt-cache depends "$1" 2>/dev/null | awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }')
    say "${real:-$1}"
}

# vm_kernel_download PACKAGE DIRECTORY: the .deb. apt checks what it gets against the signed lists.
vm_kernel_download() {
    local package

    package=$(vm_kernel_real_package "$1")
    (cd "$2" && apt-get -q download "$package") >"$2/log" 2>&1
}

vm_kernel_unpack() {
    local dir=$1
    local -a packages=("$dir"/*.deb) images modules

    dpkg-deb -x "${packages[0]}" "$dir/unpacked" || return
    images=("$dir"/unpacked/boot/vmlinu[xz]-*) modules=("$dir"/unpacked/lib/modules/* "$dir"/unpacked/usr/lib/modules/*)
    [[ -e ${images[0]:-} && -d ${modules[0]:-} ]] || return
    chmod 755 "$dir"
    mv "${images[0]}" "$dir/image" && mv "${modules[0]}" "$dir/modules"
    rm -rf "$dir/unpacked" "${packages[0]}"
}

# vm_kernel_package PACKAGE: prints where its `image` and `modules` are; fetches them when they are
# not there.
vm_kernel_package() {
    local package=$1 dir=$VM_CACHE/kernels/$1 new

    [[ ! -e $dir/image ]] || { say "$dir" && return; }
    type -P apt-get dpkg-deb >/dev/null ||
        die "$CODE_FAILED" "the package $package needs apt-get and dpkg-deb; elsewhere give kernels.yaml an image"
    mkdir -p "$VM_CACHE/kernels"
    new=$(mktemp -d "$VM_CACHE/kernels/new.XXXXXX")
    say "downloading the package $package to $dir" >&2
    vm_kernel_download "$package" "$new" || {
        tail -n 3 "$new/log" >&2
        rm -rf "$new"
        die "$CODE_FAILED" "cannot download the package $package; are the lists old? sudo apt-get update"
    }
    vm_kernel_unpack "$new" ||
        die "$CODE_FAILED" "the package $package has no image and modules; what there is, is in $new"
    # Somebody else may have been quicker.
    mv -T "$new" "$dir" 2>/dev/null || rm -rf "$new"
    say "$dir"
}

# ---- the initramfs ----

# vm_module NAME: puts it into $VM_INITRAMFS after those that it depends on.
vm_module() {
    local name=${1//-/_} file depends
    local -a files

    [[ -z ${VM_LOADED[$name]:-} ]] || return 0
    VM_LOADED[$name]=1
    # shellcheck disable=SC2206 # a pattern: the file's name may have either
    files=("$VM_MODULES_DIR"/kernel/**/${name//_/[-_]}.ko*)
    [[ -e ${files[0]:-} ]] || return 0
    file=$VM_INITRAMFS/modules/$name
    case ${files[0]} in
    *.xz) xz -dc "${files[0]}" ;;
    *.zst) zstd -qdc "${files[0]}" ;;
    *.gz) gzip -dc "${files[0]}" ;;
    *) cat "${files[0]}" ;;
    esac >"$file" || return
    depends=$(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p')
    for name in ${depends//,/ }; do
        vm_module "$name"
    done
    printf -v name '%02d' "${#VM_ORDER[@]}"
    VM_ORDER+=("$name")
    mv "$file" "$VM_INITRAMFS/modules/$name"
}

# vm_initramfs MODULES-DIRECTORY FILE MODULE...
vm_initramfs() {
    local VM_MODULES_DIR=$1 file=$2 module VM_INITRAMFS
    local -A VM_LOADED=()
    local -a VM_ORDER=()

    shopt -s globstar
    VM_INITRAMFS=$(mktemp -d)
    mkdir "$VM_INITRAMFS/modules"
    cp "$BUILD/vm/init" "$VM_INITRAMFS/init"
    for module in $VM_MODULES "${@:3}"; do
        vm_module "$module" || die "$CODE_FAILED" "cannot read the module $module in $VM_MODULES_DIR"
    done
    (cd "$VM_INITRAMFS" && find . | cpio -o -H newc --quiet) >"$file"
    rm -rf "$VM_INITRAMFS"
}
