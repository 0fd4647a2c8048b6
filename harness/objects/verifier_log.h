/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libbpf and the verifier say. libbpf's messages go to our log one level lower, so that a
 * reader sees who spoke; the last warning is kept for the error that follows it.
 */
#pragma once

#include <bpf/libbpf.h>
#include <stddef.h>

#include "objects/refused.h"

/* Takes over libbpf's messages. Called before anything else of libbpf; twice is no error. */
void programs_log_init(void);
/* libbpf's last warning since programs_log_forget(), or "" and no separator in front of it. */
void programs_log_forget(void);
const char *programs_log_last(void);
const char *programs_log_separator(void);
/*
 * Where another function than ours takes libbpf's messages: each warning is shown to this one. It
 * remembers what the machine was short of for as long as the process lives. libbpf itself does not
 * tell: of a map for which there is no descriptor it tries again without BTF, and says EINVAL; of
 * what it finds out about the kernel by trying it keeps that the kernel has not got it.
 */
void programs_log_look(const char *message);

/* Buffers for the verifier's logs, one per program; nothing is written to one unless its program is
 * refused. */
struct verifier_log {
    const struct bpf_program *program;
    char *text;
};

struct verifier_logs {
    struct verifier_log *logs;
    size_t n_logs;
};

/* One for every program of the object that is going to be loaded, and descriptors for all of it. */
int verifier_logs_new(struct bpf_object *object, struct verifier_logs *out);
void verifier_logs_free(struct verifier_logs *logs);
/*
 * What of a failed load is the machine's: its errno, 0 where the code is a verdict. `log` is that
 * of a program of which the verifier has said something, NULL when it has not.
 */
int verifier_shortage(const struct verifier_log *log, int code);
/*
 * Says why `file` could not be loaded and returns `code` (or -ENOMEM): the refused program, and
 * what objects/verifier.h makes of its log, which is kept; `dir` is the lab's state directory. *out
 * is that for the record, without a name where no program is to blame.
 */
int verifier_logs_error(const struct verifier_logs *logs, int code, const char *file,
                        const char *dir, struct program_refusal *out);
