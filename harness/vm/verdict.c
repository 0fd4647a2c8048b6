// SPDX-License-Identifier: Apache-2.0
#include "vm/verdict.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "vm/output.h"
#include "vm/qemu.h"

static const char *const verdict_no_memory[] = {"Out of memory and no killable",
                                                "System is deadlocked on memory", NULL};
static const char *const verdict_panic[] = {"Kernel panic", NULL};

static void verdict_set(struct verdict *out, const char *word, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void verdict_set(struct verdict *out, const char *word, const char *fmt, ...)
{
    va_list ap;

    out->word = word;
    va_start(ap, fmt);
    vsnprintf(out->detail, sizeof(out->detail), fmt, ap);
    va_end(ap);
}

static void verdict_last_line(const char *dir, const char *name, char out[TAIL_MAX])
{
    _cleanup_free_ char *path = NULL;

    *out = '\0';
    if (text_format(&path, "%s/%s", dir, name) == 0)
        tail_line(path, out);
}

static bool verdict_console_has(const struct verdict_facts *facts, const char *const *texts,
                                char out[TAIL_MAX])
{
    _cleanup_free_ char *path = NULL;

    return text_format(&path, "%s/" QEMU_CONSOLE, facts->dir) == 0 && tail_find(path, texts, out);
}

/* Of a suite: more than a test that failed. */
static void verdict_set_ended(const struct verdict_facts *facts, struct verdict *out)
{
    char last[TAIL_MAX];

    out->exit_code = facts->exit_code;
    if (facts->exit_code <= 1) {
        verdict_set(out, "ended", "%s", "");
        return;
    }
    verdict_last_line(facts->dir, OUTPUT_FILE, last);
    verdict_set(out, "ended", "exit %d: %s", facts->exit_code, last);
}

static void verdict_set_late(const struct verdict_facts *facts, struct verdict *out)
{
    bool booted = facts->phase >= VERDICT_READY;
    char last[TAIL_MAX];

    verdict_last_line(facts->dir, booted ? OUTPUT_FILE : QEMU_CONSOLE, last);
    if (booted)
        verdict_set(out, "late", "not done within %u s; last: %s", facts->run_limit_s, last);
    else
        verdict_set(out, "hung", "not ready within %u s; last on the console: %s",
                    facts->boot_limit_s, last);
}

/* It came to no end that it could tell of. */
static void verdict_set_broken(const struct verdict_facts *facts, struct verdict *out)
{
    char line[TAIL_MAX];

    if (verdict_console_has(facts, verdict_no_memory, line)) {
        verdict_set(out, "out-of-memory", "%s", line);
    } else if (verdict_console_has(facts, verdict_panic, line)) {
        verdict_set(out, "panicked", "%s", line);
    } else if (facts->is_late) {
        verdict_set_late(facts, out);
    } else if (facts->qemu_code != 0) {
        verdict_last_line(facts->dir, QEMU_ERRORS, line);
        verdict_set(out, "qemu-died", "with %d: %s", facts->qemu_code, line);
    } else {
        verdict_set(out, "silent", "it was switched off, and there is no exit code");
    }
}

void verdict_find(const struct verdict_facts *facts, struct verdict *out)
{
    *out = (struct verdict){.exit_code = -1};
    if (*facts->lacks)
        verdict_set(out, "lacks", "%s", facts->lacks);
    else if (*facts->out_of_memory)
        verdict_set(out, "out-of-memory", "the kernel killed %s processes for want of memory",
                    facts->out_of_memory);
    else if (facts->exit_code >= 0)
        verdict_set_ended(facts, out);
    else
        verdict_set_broken(facts, out);
}

int verdict_write(const char *dir, const struct verdict *verdict, const struct verdict_how *how)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_json_ json_t *json =
        json_pack("{s:s, s:s, s:s, s:I, s:o}", "verdict", verdict->word, "detail", verdict->detail,
                  "accelerator", how->accelerator, "seconds", (json_int_t)how->seconds, "code",
                  verdict->exit_code < 0 ? json_null() : json_integer(verdict->exit_code));
    int r = text_format(&path, "%s/verdict.json", dir);

    if (r < 0)
        return r;
    return json ? json_write_file(path, json) : err_r(ENOMEM, "cannot write '%s'", path);
}
