#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The suite's own connect program with a bug planted in a copy, for the tests of repro and shrink.
#
#     plant.sh NAME OBJECT COMPILER FLAG...
set -eu

case $1 in
port) # the wrong one of a pair of ports
    file=resolve.h
    edit='s/return service->targets\[i\]\.port;/return service->targets[i ? i - 1 : 0].port;/'
    ;;
tlv) # no TLV on a socket's second connection
    file=connect.h
    edit='s/^ *bpf_sk_storage_delete\(&km_sockstorage, sk\);/        return;/'
    ;;
index) # an endpoint's index, off by one
    file=balance.h
    edit='s/% b->count \+ 1;/% b->count + 2;/'
    ;;
dns) # DNS over TCP is left where it was asked
    file=resolve.h
    edit='s/to->port == DNS_PORT \? dns_proxy_backend\(\) : NULL/NULL/'
    ;;
*)
    echo "plant.sh: there is no bug '$1'; there are: port, tlv, index, dns" >&2
    exit 2
    ;;
esac
name=$1 object=$2
shift 2

source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
cp -r bpf/datapath "$source"
sed -i -E "$edit" "$source/datapath/$file"
if cmp -s "$source/datapath/$file" "bpf/datapath/$file"; then
    echo "plant.sh: no line of bpf/datapath/$file is as bug '$name' expects it" >&2
    exit 1
fi
"$@" -I"$source" -c -o "$object" "$source/datapath/cgroup_connect4.bpf.c"
