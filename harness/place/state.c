// SPDX-License-Identifier: Apache-2.0
#include "place/state.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

const char *state_env(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

int state_root(char **out)
{
    const char *path = state_env("WAYPOST_STATE", "/run/waypost");
    struct stat st;

    if (*path != '/')
        return err_say(EINVAL, "WAYPOST_STATE is '%s', must be an absolute path", path);
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return err_r(errno, "cannot make the state directory '%s'", path);
    if (stat(path, &st) < 0)
        return err_r(errno, "cannot look at the state directory '%s'", path);
    if (!S_ISDIR(st.st_mode))
        return err_say(ENOTDIR, "the state directory '%s' is not a directory", path);
    if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
        return err_say(EPERM, "the state directory '%s' can be written by somebody else", path);
    return text_format(out, "%s", path);
}
