// SPDX-License-Identifier: Apache-2.0
/* The lab that the tests of a file have, and what is left for a person when one of them fails. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/text.h"
#include "serve/words.h"

/* `up` and `down` change what signals do to the process; here that does not end with them. */
static void lab_reset_signals(void)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

/* lab_up LAB [OPTION…] */
int word_lab_up(struct session *s, char *const *words)
{
    struct call call = {.n = 0};
    int r;

    call_add(&call, "up");
    call_add_all(&call, words);
    r = session_must(s, &call);
    lab_reset_signals();
    s->changed = false;
    return r;
}

static int lab_take_down(struct session *s)
{
    struct call call = {.n = 0};
    int r;

    call_add(&call, "down");
    call_add(&call, s->lab);
    r = session_must(s, &call);
    lab_reset_signals();
    return r;
}

/* lab_down KEEP PID LIMIT: what is left of the lab, or of a test, is a failure. KEEP is empty
 * unless labs stay for a look at them; PID and LIMIT are those of expect_no_strays and
 * expect_no_leak. */
int word_lab_down(struct session *s, char *const *words)
{
    int r = word_expect_no_strays(s, words + 1);

    if (r < 0 || !*s->lab || *words[0])
        return r;
    r = word_leak_remember(s, NULL);
    if (r < 0)
        return r;
    r = lab_take_down(s);
    return r < 0 ? r : word_expect_no_leak(s, words + 2);
}

/* A test that changes maps, pods or sockets says so, and the next one starts from the topology's
 * state again. */
int word_lab_changed(struct session *s, char *const *none)
{
    (void)none;
    s->changed = true;
    return 0;
}

int word_lab_reset(struct session *s, char *const *none)
{
    struct call call = {.n = 0};
    int r;

    (void)none;
    if (!s->changed)
        return 0;
    call_add(&call, "reset");
    call_add(&call, s->lab);
    r = session_must(s, &call);
    if (r < 0)
        return r;
    s->changed = false;
    json_array_clear(s->steps);
    return 0;
}

/* -- Of a failure --------------------------------------------------------------------------------
 */

/* step TEXT: something that the test does by itself. */
int word_step(struct session *s, char *const *words)
{
    session_step(s, words[0], words + 1);
    return 0;
}

/* report: what was done and seen. */
int word_report(struct session *s, char *const *none)
{
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)none;
    if (!out)
        return -ENOMEM;
    session_print(s, out);
    fclose(out);
    return session_say(s, text);
}

static int lab_make_dir(const char *path)
{
    return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* RESULTS/bundles, made where it is not there. */
static int lab_bundles(const char *root, const char *results, char **out)
{
    _cleanup_free_ char *dir = NULL;
    int r = *results == '/' ? text_format(&dir, "%s", results)
                            : text_format(&dir, "%s/%s", root, results);

    if (r < 0)
        return r;
    r = lab_make_dir(dir);
    if (r < 0)
        return r;
    r = text_format(out, "%s/bundles", dir);
    return r < 0 ? r : lab_make_dir(*out);
}

static int lab_capture(struct session *s, const char *path)
{
    struct call call = {.n = 0};

    call_add(&call, "capture");
    call_add(&call, "--lab");
    call_add(&call, s->lab);
    call_add(&call, "-o");
    call_add(&call, path);
    if (s->client) {
        call_add(&call, "--flow");
        call_add(&call, s->client);
        call_add(&call, s->connects);
    }
    return session_call(s, &call, false);
}

/* bundle ROOT FILE NUMBER: the maps as they are now and the flow that was made last, for a person;
 * what cannot be captured (there is no lab any more) leaves none. */
int word_bundle(struct session *s, char *const *words)
{
    const char *results = getenv("WAYPOST_RESULTS"), *objects = getenv("WAYPOST_OBJECTS_DIR");
    _cleanup_free_ char *dir = NULL, *path = NULL, *text = NULL;
    const char *shown;
    int r;

    if (!*s->lab || !results || !*results || lab_bundles(words[0], results, &dir) < 0)
        return 0;
    r = text_format(&path, "%s/%s-%s-%s.tar.zst", dir, words[1], words[2], family_name(s->family));
    if (r < 0)
        return r;
    if (lab_capture(s, path) != 0)
        return 0;
    shown = strncmp(path, words[0], strlen(words[0])) == 0 ? path + strlen(words[0]) + 1 : path;
    r = text_format(&text, "  bundle: sudo ./run.sh repro %s%s%s", shown,
                    objects && *objects ? " --objects " : "", objects ? objects : "");
    return r < 0 ? r : session_say(s, text);
}
