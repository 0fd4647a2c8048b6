// SPDX-License-Identifier: Apache-2.0
#include "objects/judge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "confine/confine.h"

/* libbpf takes some ten times an object's size. */
static const struct confine_limits judge_limits = {
    .memory = 1LL << 30, .output = 1 << 20, .cpu_s = 30};

struct judge_task {
    const struct object_bytes *files;
    size_t n;
};

/* What comes back for a file; its name is the file's number. */
struct judge_word {
    XXH128_hash_t digest;
    struct elf_look look;
};

#define JUDGE_NAME_MAX 24

static char *judge_name(size_t i, char name[JUDGE_NAME_MAX])
{
    snprintf(name, JUDGE_NAME_MAX, "%zu", i);
    return name;
}

/* ---- the child ---- */

static int judge_one(const struct object_bytes *file, struct judge_word *word)
{
    struct bpf_object *object = NULL;
    int r = elf_look(file, &word->look);

    if (r < 0)
        return r;
    word->digest = XXH3_128bits(file->data, file->size);
    if (!word->look.ours)
        return 0;
    r = object_open(file, NULL, &object);
    bpf_object__close(object);
    return r;
}

static int judge_all(const void *data, struct memory_files *out)
{
    const struct judge_task *task = data;
    char name[JUDGE_NAME_MAX];

    for (size_t i = 0; i < task->n; i++) {
        struct judge_word word = {};
        int r = judge_one(&task->files[i], &word);

        if (r < 0)
            return r;
        r = memory_files_put(out, judge_name(i, name), &word, sizeof(word));
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- the parent ---- */

static int judge_take(const char *what, const struct memory_files *words, size_t i,
                      const struct object_bytes *file, struct elf_look *look)
{
    char name[JUDGE_NAME_MAX];
    const struct memory_file *found = memory_files_find(words, judge_name(i, name));
    struct judge_word word;

    if (!found || found->size != sizeof(word))
        return err_say(EBADMSG, "what reads %s answered nonsense", what);
    memcpy(&word, found->bytes, sizeof(word));
    if (file->data && !XXH128_isEqual(word.digest, file->digest))
        return err_say(EBADMSG, "'%s' is not what was judged", file->path);
    word.look.why[ELF_WHY_MAX - 1] = '\0';
    *look = word.look;
    return 0;
}

static int judge_confined(const char *what, const struct judge_task *task, struct elf_look *looks)
{
    struct memory_files words = {};
    int r = confine(what, judge_all, task, &judge_limits, &words);

    for (size_t i = 0; r >= 0 && i < task->n; i++)
        r = judge_take(what, &words, i, &task->files[i], &looks[i]);
    memory_files_free(&words);
    return r;
}

int objects_judge(const char *what, const struct object_bytes *files, size_t n, bool strangers,
                  struct elf_look *looks)
{
    if (strangers)
        return judge_confined(what, &(struct judge_task){files, n}, looks);
    for (size_t i = 0; i < n; i++) {
        int r = elf_look(&files[i], &looks[i]);

        if (r < 0)
            return r;
    }
    return 0;
}
