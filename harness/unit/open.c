// SPDX-License-Identifier: Apache-2.0
#include "unit/open.h"

#include <errno.h>
#include <string.h>

#include "objects/verifier_log.h"

void unit_close(struct bpf_object **elf)
{
    bpf_object__close(*elf);
    *elf = NULL;
}

int unit_open(const char *path, const void *bytes, size_t size, const char *kernel_btf,
              struct bpf_object **out, struct strings *why)
{
    LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = kernel_btf);
    char says[128];
    int code;

    programs_log_init();
    programs_log_forget();
    options.object_name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    *out = bpf_object__open_mem(bytes, size, &options);
    if (*out)
        return 0;
    code = errno ? errno : EINVAL;
    libbpf_strerror(-code, says, sizeof(says)); /* it has numbers of its own */
    return lines_say(why, -code, "cannot open '%s': %s%s%s", path, says, programs_log_separator(),
                     programs_log_last());
}
