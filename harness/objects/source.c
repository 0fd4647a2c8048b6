// SPDX-License-Identifier: Apache-2.0
#include "objects/source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

int programs_variant_from_name(const char *name, enum programs_variant *out)
{
    if (strcmp(name, "normal") != 0 && strcmp(name, "compat") != 0)
        return -EINVAL;
    *out = *name == 'n' ? PROGRAMS_NORMAL : PROGRAMS_COMPAT;
    return 0;
}

/* "PREFIX/INFIX/KIND" when it is there. */
static char *programs_try_dir(const char *prefix, const char *infix, const char *kind)
{
    char *path;

    if (text_format(&path, "%s%s/%s", prefix, infix, kind) < 0)
        return NULL;
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

int programs_own_dir(const char *kind, char **out)
{
    static const char *const infixes[] = {"/bpf", "/../lib/waypost/bpf"};
    const char *given = getenv("WAYPOST_OBJECTS");
    char executable[PATH_MAX], *path = NULL;
    ssize_t length;

    if (given && *given) {
        path = programs_try_dir(given, "", kind);
        if (!path)
            return err_say(ENOENT, "WAYPOST_OBJECTS: there is no '%s/%s'", given, kind);
        *out = path;
        return 0;
    }
    length = readlink("/proc/self/exe", executable, sizeof(executable) - 1);
    if (length < 0)
        return err_r(errno, "cannot tell where the suite's own programs are");
    executable[length] = '\0';
    *strrchr(executable, '/') = '\0';
    for (size_t i = 0; !path && i < ARRAY_SIZE(infixes); i++)
        path = programs_try_dir(executable, infixes[i], kind);
    if (!path)
        return err_say(ENOENT,
                       "there is no '%s/bpf/%s' and none in '%s/../lib/waypost': the "
                       "suite's own programs are not built",
                       executable, kind, executable);
    *out = path;
    return 0;
}
