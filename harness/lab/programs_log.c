// SPDX-License-Identifier: Apache-2.0
#include "lab/programs_log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

/* The most that every kernel with a verifier takes; only what is written costs memory. */
#define VERIFIER_LOG_SIZE (UINT32_MAX >> 8)

static char programs_last_warning[512];

static void programs_log_keep(const char *message)
{
    static const char prefix[] = "libbpf: ";

    if (strncmp(message, prefix, sizeof(prefix) - 1) == 0)
        message += sizeof(prefix) - 1;
    snprintf(programs_last_warning, sizeof(programs_last_warning), "%s", message);
}

static int programs_log_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
    _cleanup_free_ char *message = NULL;
    int length;

    if (level == LIBBPF_DEBUG)
        return 0;
    length = vasprintf(&message, fmt, ap);
    if (length < 0) {
        message = NULL;
        return 0;
    }
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
}

const char *programs_log_last(void)
{
    return programs_last_warning;
}

const char *programs_log_separator(void)
{
    return programs_last_warning[0] ? ": " : "";
}

static bool verifier_is_statistic(const char *line)
{
    static const char *const starts[] = {"processed ", "verification time ", "stack depth ", "\n"};

    for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
        if (strncmp(line, starts[i], strlen(starts[i])) == 0)
            return true;
    return *line == '\0';
}

const char *verifier_sentence(const char *log, size_t *length)
{
    const char *sentence = NULL;

    for (const char *line = log; line && *line;) {
        const char *end = strchrnul(line, '\n');

        if (!verifier_is_statistic(line)) {
            sentence = line;
            *length = (size_t)(end - line);
        }
        line = *end ? end + 1 : end;
    }
    return sentence;
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

int verifier_logs_new(struct bpf_object *object, struct verifier_logs *out)
{
    _cleanup_(verifier_logs_free) struct verifier_logs logs = {};
    struct bpf_program *program;

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

static int verifier_save(const char *dir, const char *program, const char *text, char **out)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_fclose_ FILE *file = NULL;

    if (asprintf(&path, "%s.verifier-%s.log", dir, program) < 0) {
        path = NULL;
        return err_r(ENOMEM, "cannot keep the verifier's log");
    }
    file = fopen(path, "we");
    if (!file || fputs(text, file) < 0 || fflush(file) != 0)
        return err_r(errno, "cannot write '%s'", path);
    *out = TAKE_PTR(path);
    return 0;
}

int verifier_logs_error(const struct verifier_logs *logs, int code, const char *file,
                        const char *dir)
{
    _cleanup_free_ char *path = NULL;
    size_t length = 0;

    for (size_t i = 0; i < logs->n_logs; i++) {
        const char *name = bpf_program__name(logs->logs[i].program);
        const char *sentence = verifier_sentence(logs->logs[i].text, &length);

        if (!sentence)
            continue;
        if (verifier_save(dir, name, logs->logs[i].text, &path) < 0)
            return err_r(code, "the verifier refused %s of '%s': %.*s", name, file, (int)length,
                         sentence);
        return err_r(code, "the verifier refused %s of '%s': %.*s (whole log: %s)", name, file,
                     (int)length, sentence, path);
    }
    return err_r(code, "cannot load '%s'%s%s", file, programs_log_separator(), programs_log_last());
}
