/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script of socket calls, one a line (docs/play.md):
 *
 *     END [BY] CALL [ARGUMENT...] [&] [-> ANSWER]
 *
 * END is c (the client's socket) or s (the server's). BY says who makes the call, where that is not
 * the player itself. Which calls there are is not known here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SCRIPT_ARGUMENTS_MAX 6
#define SCRIPT_NUMBERS_MAX   2
#define SCRIPT_LINES_MAX     200
#define SCRIPT_FILE_MAX      65536

enum script_end { SCRIPT_CLIENT, SCRIPT_SERVER };

enum script_by {
    SCRIPT_BY_PLAYER,
    SCRIPT_BY_THREAD, /* "&": a thread of its own, until `END join` */
    SCRIPT_BY_CHILD,  /* "fork": a child, which has the socket from its parent */
    SCRIPT_BY_OTHER,  /* "pass POD": a process in that pod, which was handed it (SCM_RIGHTS) */
};

/* What a call may have behind its name: so many numbers, then any of the words. */
struct script_call {
    const char *name;
    size_t numbers;
    const char *words; /* "peek waitall", separated by a space; NULL: none */
    bool any_number;   /* the numbers may be left out */
    bool needs_word;   /* at least one, where there is no number */
    bool names_pod;    /* one argument, a pod's name; no numbers and no words */
};

struct script_line {
    size_t number; /* of the file, from 1 */
    char *text;    /* as it stands in the file, without what is expected and a comment */
    enum script_end end;
    enum script_by by;
    const char *pod; /* with SCRIPT_BY_OTHER, or of a call that names one */
    const struct script_call *call;
    long numbers[SCRIPT_NUMBERS_MAX];
    size_t n_numbers;
    const char *words[SCRIPT_ARGUMENTS_MAX];
    size_t n_words;
    const char *expected; /* NULL: nothing */
    char *parts;          /* what the other strings point into */
};

struct script {
    const char *file; /* borrowed */
    struct script_line *lines;
    size_t n;
};

/* The call of that name; NULL when there is none. */
typedef const struct script_call *(*script_find_fn)(const char *name);
/* The names of all calls, for a message. The caller frees it. */
typedef char *(*script_names_fn)(void);

struct script_calls {
    script_find_fn find;
    script_names_fn names;
};

/* Reads the file. -EINVAL with FILE:LINE, what was found and what would be right; -ENOENT and the
 * like with a sentence. The caller owns *out: script_release(). */
int script_read(const char *file, const struct script_calls *calls, struct script *out);
void script_release(struct script *script);
bool script_line_has(const struct script_line *line, const char *word);
