#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One of the suite's own programs with a bug planted in a copy: bpf/planted/NAME.sed says which file of
# bpf/datapath it changes, which object comes of it, and (where a test is to catch it) which suite and
# which words of a test's name.
#
#     plant.sh NAME DIR COMPILER FLAG...    makes DIR/OBJECT.bpf.o
set -eu

plant_field() {
    sed -n "s/^# $2: //p" "bpf/planted/$1.sed"
}

[ -e "bpf/planted/$1.sed" ] || {
    echo "plant.sh: there is no bpf/planted/$1.sed" >&2
    exit 2
}
name=$1 dir=$2
file=$(plant_field "$name" file) object=$(plant_field "$name" object)
shift 2

source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
cp -r bpf/datapath "$source"
sed -i -E -f "bpf/planted/$name.sed" "$source/datapath/$file"
if cmp -s "$source/datapath/$file" "bpf/datapath/$file"; then
    echo "plant.sh: no line of bpf/datapath/$file is as bug '$name' expects it" >&2
    exit 1
fi
mkdir -p "$dir"
"$@" -I"$source" -c -o "$dir/$object.bpf.o" "$source/datapath/$object.bpf.c"
