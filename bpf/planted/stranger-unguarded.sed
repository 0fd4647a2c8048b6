# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Strangers: a server that no frontend names is not looked after, whatever user space has decided.
# file: xdp.bpf.c
# object: xdp
# suite: 675
# caught by: XD-2 a server and a client that no map names
# says: bytes that reached the server
s/&& manage_has\(&key\);/\&\& manage_has(\&key) \&\& bpf_map_lookup_elem(\&km_frontend, \&key.address);/
