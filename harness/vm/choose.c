// SPDX-License-Identifier: Apache-2.0
#include "vm/choose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "probe/probe.h"
#include "vm/kernels.h"

static const char *kernels_name(const json_t *kernel)
{
    return json_string_value(json_object_get(kernel, "name"));
}

static int kernels_check_probes(const char *path, const json_t *kernels)
{
    const json_t *kernel, *probe;
    char quoted[TEXT_QUOTE_MAX];
    size_t i, j;

    json_array_foreach (kernels, i, kernel) {
        json_array_foreach (json_object_get(kernel, "missing"), j, probe) {
            if (!probe_find(json_string_value(probe)))
                return err_say(EINVAL,
                               "%s: kernel '%s': there is no probe '%s'; see waypost doctor", path,
                               kernels_name(kernel), text_quote(json_string_value(probe), quoted));
        }
    }
    return 0;
}

static json_t *kernels_find(const json_t *kernels, const char *name)
{
    json_t *kernel;
    size_t i;

    json_array_foreach (kernels, i, kernel) {
        if (strcmp(kernels_name(kernel), name) == 0)
            return kernel;
    }
    return NULL;
}

static int kernels_unknown(const char *path, const json_t *kernels, const char *name)
{
    _cleanup_free_ char *all = NULL;
    const json_t *kernel;
    size_t i, size;
    FILE *f = open_memstream(&all, &size);

    if (!f)
        return err_r(ENOMEM, "cannot list the kernels");
    json_array_foreach (kernels, i, kernel)
        fprintf(f, "%s%s", i ? ", " : "", kernels_name(kernel));
    fclose(f);
    return err_say(ENOENT, "%s has no kernel '%s'; there are: %s", path, name, all);
}

static int kernels_choose_named(const char *path, const json_t *kernels, const char *names,
                                json_t **out)
{
    _cleanup_free_ char *copy = strdup(names);
    _cleanup_json_ json_t *chosen = json_array();
    char *rest = copy, *name;

    if (!copy)
        return err_r(ENOMEM, "cannot read the names");
    while ((name = strsep(&rest, ","))) {
        json_t *kernel = kernels_find(kernels, name);

        if (!kernel)
            return kernels_unknown(path, kernels, name);
        if (kernels_find(chosen, name))
            return err_say(EINVAL, "kernel '%s' is there twice", name);
        json_array_append(chosen, kernel);
    }
    *out = TAKE_PTR(chosen);
    return 0;
}

int kernels_choose(const char *path, const char *names, json_t **out)
{
    _cleanup_json_ json_t *kernels = NULL;
    int r = kernels_read(path, &kernels);

    if (r < 0)
        return r;
    r = kernels_check_probes(path, kernels);
    if (r < 0)
        return r;
    if (names)
        return kernels_choose_named(path, kernels, names, out);
    *out = TAKE_PTR(kernels);
    return 0;
}
