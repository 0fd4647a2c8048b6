// SPDX-License-Identifier: Apache-2.0
#include "run/suite_environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "run/words.h"

int suite_clean_path(void)
{
    const char *insides = getenv("BATS_LIBEXEC"), *path = getenv("PATH");
    _cleanup_free_ char *clean = NULL;
    char *at;

    if (!insides || !*insides || !path)
        return 0;
    clean = strdup(path);
    if (!clean)
        return err_r(ENOMEM, "cannot prepare the environment");
    while ((at = strstr(clean, insides)) && at[strlen(insides)] == ':')
        memmove(at, at + strlen(insides) + 1, strlen(at + strlen(insides) + 1) + 1);
    setenv("PATH", clean, 1);
    return 0;
}

static int suite_forget_bats(void)
{
    _cleanup_strings_ struct strings names = {0};

    for (char **variable = environ; *variable; variable++) {
        int r = 0;

        if (strncmp(*variable, "BATS_", strlen("BATS_")) == 0)
            r = words_add(&names, "%.*s", (int)strcspn(*variable, "="), *variable);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < names.n; i++)
        unsetenv(names.items[i]);
    return 0;
}

/* Runs within this one get as much time as was asked for. */
static void suite_set_limits(const struct options *options)
{
    char text[16];

    if (options->limit_s == 0)
        return;
    snprintf(text, sizeof(text), "%u", options->limit_s);
    setenv("WAYPOST_TIME_LIMIT", text, 1);
}

int suite_set_environment(const struct site *site, const struct options *options)
{
    int r = suite_clean_path();

    if (r < 0)
        return r;
    r = suite_forget_bats();
    if (r < 0)
        return r;
    setenv("WAYPOST", site->waypost, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    suite_set_limits(options);
    unsetenv("WAYPOST_KEEP");
    if (options->keep)
        setenv("WAYPOST_KEEP", "1", 1);
    return 0;
}
