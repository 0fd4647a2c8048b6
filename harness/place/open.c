// SPDX-License-Identifier: Apache-2.0
#include "place/open.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "place/lab_files.h"
#include "place/lock.h"
#include "place/state.h"

static int lab_check_name(const char *name)
{
    if (topology_name_check(name) == 0)
        return 0;
    return err_say(EINVAL,
                   "'%s' cannot name a lab: lower-case letters, digits and '-' in the middle, "
                   "at most %d",
                   name, TOPOLOGY_NAME_MAX);
}

/* Without files: the name and STATE/LAB. */
static int lab_alloc(const char *name, struct lab **out)
{
    _cleanup_(lab_free) struct lab *lab = calloc(1, sizeof(*lab));
    _cleanup_free_ char *state = NULL;
    int r = lab_check_name(name);

    if (r < 0)
        return r;
    if (!lab)
        return err_r(ENOMEM, "cannot open lab '%s'", name);
    lab->lock_fd = -1;
    lab->name = strdup(name);
    if (!lab->name)
        return err_r(ENOMEM, "cannot open lab '%s'", name);
    r = state_root(&state);
    if (r < 0)
        return r;
    r = text_format(&lab->state_dir, "%s/%s", state, name);
    if (r < 0)
        return r;
    *out = TAKE_PTR(lab);
    return 0;
}

static int lab_claim(struct lab *lab)
{
    int r;

    if (mkdir(lab->state_dir, 0700) < 0)
        return errno != EEXIST
                   ? err_r(errno, "cannot make '%s'", lab->state_dir)
                   : err_say(EEXIST, "there is a lab '%s' already: `waypost down %s` removes it",
                             lab->name, lab->name);
    r = lab_lock_make(lab);
    if (r < 0)
        (void)lab_files_remove(lab);
    return r;
}

int lab_new(const char *name, enum family family, struct topology **topology, struct lab **out)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    int r = lab_alloc(name, &lab);

    if (r < 0)
        return r;
    r = lab_files_places(lab);
    if (r < 0)
        return r;
    r = lab_files_paths(lab);
    if (r < 0)
        return r;
    r = lab_claim(lab);
    if (r < 0)
        return r;
    lab->family = family == FAMILY_MAPPED ? FAMILY_V4 : family;
    lab->topology = *topology;
    r = lab_files_write(lab);
    if (r < 0) {
        (void)lab_files_remove(lab);
        lab->topology = NULL; /* it stays the caller's */
        return r;
    }
    *topology = NULL;
    *out = TAKE_PTR(lab);
    return 0;
}

int lab_ready(struct lab *lab)
{
    int r = lab_files_mark_ready(lab);

    return r < 0 ? r : lab_lock(lab, LAB_LOCK_NONE);
}

int lab_unready(const struct lab *lab)
{
    return lab_files_unmark_ready(lab);
}

static const char *lab_list_name(const void *data, size_t i)
{
    return ((const struct strings *)data)->items[i];
}

static int lab_unknown(const char *name)
{
    _cleanup_strings_ struct strings names = {0};
    _cleanup_free_ char *text = NULL;

    lab_list(&names);
    if (names.n == 0)
        return err_say(ENOENT, "there is no lab '%s', nor any other: `waypost up` makes one", name);
    text = lab_join(lab_list_name, &names, names.n);
    return err_say(ENOENT, "there is no lab '%s', only %s", name, text ? text : "others");
}

/* Existing and locked, nothing read yet. */
static int lab_hold(const char *name, enum lab_lock lock, struct lab **out)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    int r = lab_alloc(name, &lab);

    if (r < 0)
        return r;
    r = lab_lock_open(lab, lock);
    if (r == -ENOENT)
        return lab_unknown(name);
    if (r < 0)
        return r;
    *out = TAKE_PTR(lab);
    return 0;
}

int lab_open(const char *name, struct lab **out)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    int r = lab_hold(name, LAB_LOCK_SHARED, &lab);

    if (r < 0)
        return r;
    if (!lab_files_is_ready(lab))
        return err_say(EINVAL, "lab '%s' is half made: `waypost down %s` removes what there is",
                       name, name);
    r = lab_files_read(lab);
    if (r < 0)
        return err_say(EINVAL, "lab '%s' cannot be read: `waypost down %s` removes it", name, name);
    r = lab_files_paths(lab);
    if (r < 0)
        return r;
    *out = TAKE_PTR(lab);
    return 0;
}

static int lab_open_ruin(const char *name, struct lab **out)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    int r = lab_hold(name, LAB_LOCK_EXCLUSIVE, &lab);

    if (r < 0)
        return r;
    r = lab_files_places(lab);
    if (r < 0)
        return r;
    r = lab_files_paths(lab);
    if (r < 0)
        return r;
    lab->topology = calloc(1, sizeof(*lab->topology));
    if (!lab->topology)
        return err_r(ENOMEM, "cannot open lab '%s'", name);
    *out = TAKE_PTR(lab);
    return 0;
}

static int lab_read(struct lab *lab)
{
    int r = lab_files_read(lab);

    return r < 0 ? r : lab_files_paths(lab);
}

int lab_open_any(const char *name, struct lab **out)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    int r = lab_hold(name, LAB_LOCK_EXCLUSIVE, &lab);

    if (r < 0)
        return r;
    if (lab_read(lab) < 0) {
        log_warning("lab '%s' cannot be read; going by what the kernel has of it", name);
        lab_free(&lab);
        return lab_open_ruin(name, out);
    }
    *out = TAKE_PTR(lab);
    return 0;
}

int lab_forget(struct lab *lab)
{
    return lab_files_remove(lab);
}

int lab_list(struct strings *out)
{
    _cleanup_strings_ struct strings names = {0};
    _cleanup_closedir_ DIR *dir = NULL;
    _cleanup_free_ char *state = NULL;
    struct dirent *entry;
    int r = state_root(&state);

    if (r < 0)
        return r;
    dir = opendir(state);
    if (!dir)
        return err_r(errno, "cannot read '%s'", state);
    while ((entry = readdir(dir))) {
        if (topology_name_check(entry->d_name) == 0 && strings_add(&names, entry->d_name) < 0)
            return err_r(ENOMEM, "cannot list the labs");
    }
    strings_sort(&names);
    *out = names;
    names = (struct strings){0};
    return 0;
}
