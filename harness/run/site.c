// SPDX-License-Identifier: Apache-2.0
#include "run/site.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

static const char *site_environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

static bool site_number(const char *name, unsigned long *out)
{
    const char *text = site_environment(name, NULL);
    char *end;

    if (!text)
        return false;
    errno = 0;
    *out = strtoul(text, &end, 10);
    return errno == 0 && *end == '\0' && *out < UINT_MAX;
}

/* What is built as root in a person's tree could not be changed by them. */
static void site_find_owner(struct site *site)
{
    unsigned long uid = 0, gid;
    struct stat root;

    if (geteuid() != 0 || !site_number("SUDO_UID", &uid) || uid == 0 ||
        stat(site->root, &root) < 0 || root.st_uid != uid)
        return;
    site->uid = (uid_t)uid;
    site->gid = site_number("SUDO_GID", &gid) ? (gid_t)gid : (gid_t)uid;
}

static int site_fill(struct site *site)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    int r;

    if (length < 0)
        return err_r(errno, "cannot find this program");
    self[length] = '\0';
    site->root = getcwd(NULL, 0);
    if (!site->root)
        return err_r(errno, "cannot find the current directory");
    site->waypost = strdup(self);
    site->caller = strdup(site_environment("WAYPOST_CALLER", site->root));
    site->build = strdup(site_environment("BUILD", "build"));
    if (!site->waypost || !site->caller || !site->build)
        return err_r(ENOMEM, "cannot prepare the run");
    r = getenv("WAYPOST_SUITES") && *getenv("WAYPOST_SUITES")
            ? site_path(site, getenv("WAYPOST_SUITES"), &site->suites)
            : text_format(&site->suites, "%s/suites", site->root);
    return r;
}

int site_read(struct site *out)
{
    _cleanup_(site_clear) struct site site = {0};
    int r = site_fill(&site);

    if (r < 0)
        return r;
    site_find_owner(&site);
    *out = site;
    site = (struct site){0};
    return 0;
}

void site_clear(struct site *site)
{
    free(site->root);
    free(site->caller);
    free(site->build);
    free(site->waypost);
    free(site->suites);
    *site = (struct site){0};
}

int site_path(const struct site *site, const char *path, char **out)
{
    return *path == '/' ? text_format(out, "%s", path)
                        : text_format(out, "%s/%s", site->caller, path);
}

int site_need_root(const char *verb)
{
    if (geteuid() == 0)
        return 0;
    return err_say(EPERM, "'%s' needs root: sudo ./run.sh %s", verb, verb);
}
