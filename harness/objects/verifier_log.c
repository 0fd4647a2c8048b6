// SPDX-License-Identifier: Apache-2.0
#include "objects/verifier_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/shortage.h"
#include "common/text.h"
#include "objects/verifier.h"

/* The most that every kernel with a verifier takes; only what is written costs memory. */
#define VERIFIER_LOG_SIZE (UINT32_MAX >> 8)
#define VERIFIER_FDS      4 /* besides maps and programs: for BTF, and what libbpf tries */
#define VERIFIER_FDS_MAX  512

static char programs_last_warning[512];
static char programs_last_program[128]; /* that a warning was about */
static int programs_lacked;             /* what libbpf has met in this process: an errno, or 0 */

/* "prog 'NAME': failed to load: -22": the name. */
static void programs_log_keep_program(const char *message)
{
    static const char start[] = "prog '";
    const char *name = message + sizeof(start) - 1;

    if (strncmp(message, start, sizeof(start) - 1) == 0)
        snprintf(programs_last_program, sizeof(programs_last_program), "%.*s",
                 (int)strcspn(name, "'"), name);
}

void programs_log_look(const char *message)
{
    static const int lacks[] = {EMFILE, ENFILE, ENOMEM, EDQUOT, EPERM};

    for (size_t i = 0; i < ARRAY_SIZE(lacks); i++)
        if (shortage_is(lacks[i]) &&
            (strstr(message, strerror(lacks[i])) || strstr(message, strerrorname_np(lacks[i]))))
            programs_lacked = -lacks[i];
}

static void programs_log_keep(const char *message)
{
    programs_log_look(message);
    static const char prefix[] = "libbpf: ";

    if (strncmp(message, prefix, sizeof(prefix) - 1) == 0)
        message += sizeof(prefix) - 1;
    programs_log_keep_program(message);
    snprintf(programs_last_warning, sizeof(programs_last_warning), "%s", message);
}

static int programs_log_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
    _cleanup_free_ char *message = NULL;
    size_t length;

    if (level == LIBBPF_DEBUG || text_format_v(&message, fmt, ap) < 0)
        return 0;
    length = strlen(message);
    if (length > 0 && message[length - 1] == '\n')
        message[length - 1] = '\0';
    if (level == LIBBPF_WARN)
        programs_log_keep(message);
    log_at(level == LIBBPF_WARN ? LOG_INFO : LOG_DEBUG, "%s", message);
    return 0;
}

void programs_log_init(void)
{
    libbpf_set_print(programs_log_print);
    programs_log_forget();
}

void programs_log_forget(void)
{
    programs_last_warning[0] = '\0';
    programs_last_program[0] = '\0';
}

const char *programs_log_last(void)
{
    return programs_last_warning;
}

const char *programs_log_separator(void)
{
    return programs_last_warning[0] ? ": " : "";
}

void verifier_logs_free(struct verifier_logs *logs)
{
    for (size_t i = 0; i < logs->n_logs; i++)
        free(logs->logs[i].text);
    free(logs->logs);
    *logs = (struct verifier_logs){};
}

static size_t verifier_count(struct bpf_object *object)
{
    struct bpf_program *program;
    size_t n = 0;

    bpf_object__for_each_program(program, object) n += bpf_program__autoload(program);
    return n;
}

/*
 * So many descriptors as loading takes. libbpf does not always tell that there was none: what it
 * cannot try (global data, for one) is then what the kernel has not got, and the verifier refuses
 * the program for that.
 */
static int verifier_try_room(struct bpf_object *object)
{
    int fds[VERIFIER_FDS_MAX], r = 0;
    struct bpf_program *program;
    struct bpf_map *map;
    size_t n = VERIFIER_FDS, taken = 0;

    bpf_object__for_each_program(program, object) n += bpf_program__autoload(program);
    bpf_object__for_each_map(map, object) n++;
    while (r == 0 && taken < n && taken < VERIFIER_FDS_MAX) {
        fds[taken] = open("/dev/null", O_PATH | O_CLOEXEC);
        if (fds[taken] < 0)
            r = err_r(errno, "cannot load '%s'", bpf_object__name(object));
        else
            taken++;
    }
    while (taken > 0)
        close(fds[--taken]);
    return r;
}

int verifier_logs_new(struct bpf_object *object, struct verifier_logs *out)
{
    _cleanup_(verifier_logs_free) struct verifier_logs logs = {};
    struct bpf_program *program;
    int r = verifier_try_room(object);

    if (r < 0)
        return r;
    logs.logs = calloc(verifier_count(object) + 1, sizeof(*logs.logs));
    if (!logs.logs)
        return err_r(ENOMEM, "cannot keep the verifier's log");
    bpf_object__for_each_program(program, object)
    {
        char *text;

        if (!bpf_program__autoload(program))
            continue;
        text = malloc(VERIFIER_LOG_SIZE);
        if (!text)
            return err_r(ENOMEM, "cannot keep the verifier's log");
        text[0] = '\0';
        logs.logs[logs.n_logs].program = program;
        logs.logs[logs.n_logs++].text = text;
        bpf_program__set_log_buf(program, text, VERIFIER_LOG_SIZE);
    }
    *out = logs;
    logs = (struct verifier_logs){};
    return 0;
}

/* The first program of which the verifier said something: one that is refused ends the loading. */
static const struct verifier_log *verifier_refused(const struct verifier_logs *logs)
{
    size_t length;

    for (size_t i = 0; i < logs->n_logs; i++)
        if (verifier_sentence(logs->logs[i].text, &length))
            return &logs->logs[i];
    return NULL;
}

static int verifier_no_memory(void)
{
    return err_r(ENOMEM, "cannot keep what the verifier said");
}

static int verifier_describe(const struct verifier_log *log, const char *file, const char *dir,
                             struct program_refusal *out)
{
    const char *name = bpf_program__name(log->program);
    _cleanup_free_ char *why = verifier_explain(log->text);

    /* A log that cannot be kept was said, and is not worth more. */
    verifier_save(dir, name, log->text, &out->log);
    out->name = strdup(name);
    if (!why || !out->name)
        return verifier_no_memory();
    return text_format(&out->error, "the verifier refused %s of '%s': %s%s%s", name, file, why,
                       out->log ? "\n    the whole log: " : "", out->log ? out->log : "");
}

/* libbpf's own words, where the verifier has not been asked or has not answered. */
static int verifier_describe_other(int code, const char *file, struct program_refusal *out)
{
    if (*programs_last_program && !(out->name = strdup(programs_last_program)))
        return verifier_no_memory();
    if (text_format(&out->error, "cannot load %s%s'%s'%s%s: %s", out->name ? out->name : "",
                    out->name ? " of " : "", file, programs_log_separator(), programs_log_last(),
                    strerror(abs(code))) < 0)
        return verifier_no_memory();
    return 0;
}

int verifier_shortage(const struct verifier_log *log, int code)
{
    if (!log && shortage_is_of_bpf(code))
        return code;
    if (shortage_of_rights())
        return -EPERM;
    if (programs_lacked < 0)
        return programs_lacked;
    /* The descriptors and the memory of a program are taken after the verifier is done with it;
     * ENOSPC is a log that did not fit. */
    return log && shortage_is(code) && code != -ENOSPC ? code : 0;
}

int verifier_logs_error(const struct verifier_logs *logs, int code, const char *file,
                        const char *dir, struct program_refusal *out)
{
    _cleanup_(program_refusal_free) struct program_refusal refusal = {.file = strdup(file)};
    const struct verifier_log *log = verifier_refused(logs);
    int lacks = verifier_shortage(log, code), r;

    if (!refusal.file)
        return verifier_no_memory();
    if (lacks < 0)
        return err_bpf(lacks, "cannot load '%s'%s%s", file, programs_log_separator(),
                       programs_log_last());
    r = log ? verifier_describe(log, file, dir, &refusal)
            : verifier_describe_other(code, file, &refusal);
    if (r < 0)
        return r;
    err_say(code, "%s", refusal.error);
    *out = refusal;
    refusal = (struct program_refusal){};
    return code;
}
