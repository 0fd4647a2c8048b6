// SPDX-License-Identifier: Apache-2.0
#include "lab/notes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/text.h"

/* The other lab shows every program to the verifier in it. */
#define NOTE_LOCK_LIMIT_MS 600000

void programs_note_close(struct programs_note *note)
{
    if (note->lock_fd >= 0)
        close(note->lock_fd);
    free(note->path);
    free(note->of);
    *note = PROGRAMS_NOTE_NONE;
}

/* ---- what it holds for ---- */

static void note_print_file(FILE *out, const struct programs_file *file)
{
    fprintf(out, "%s %016" PRIx64 "%016" PRIx64, file->bytes.path, file->bytes.digest.high64,
            file->bytes.digest.low64);
    for (size_t i = 0; i < file->n_rows; i++)
        fprintf(out, " %s", file->rows[i]->name);
    fputc('\n', out);
}

static int note_describe(const struct programs_files *files, char **of)
{
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return err_r(ENOMEM, "cannot describe the objects");
    for (size_t i = 0; i < files->n_files; i++)
        note_print_file(out, &files->files[i]);
    if (fclose(out) != 0)
        return err_r(ENOMEM, "cannot describe the objects");
    *of = TAKE_PTR(text);
    return 0;
}

/* ---- reading ---- */

static int note_read_refusal(const json_t *entry, const struct programs_files *files)
{
    struct program_refusal refusal = {};
    const char *name, *file, *error, *log = NULL;
    int r = json_get_string(entry, "name", &name);

    if (r < 0)
        return r;
    r = json_get_string(entry, "file", &file);
    if (r < 0)
        return r;
    r = json_get_string(entry, "error", &error);
    if (r < 0)
        return r;
    r = json_get_optional_string(entry, "log", &log);
    if (r < 0 || programs_refused_has(files->refused, name))
        return r;
    refusal =
        (struct program_refusal){.file = (char *)file, .error = (char *)error, .log = (char *)log};
    err_say(EPERM, "%s", error);
    return programs_refused_add(files->refused, name, &refusal);
}

static int note_read_head(const char *path, json_t **record, const char **of, int64_t *ports)
{
    int r = json_read_file(path, JSON_OWN_MAX, record);

    if (r < 0)
        return r;
    r = json_get_string(*record, "of", of);
    if (r < 0)
        return r;
    return json_get_integer(*record, "ports", PORTS_CONTRACT, PORTS_UNKNOWN, ports);
}

static int note_read(struct programs_note *note, const struct programs_files *files)
{
    _cleanup_json_ json_t *record = NULL;
    const char *of;
    json_t *entry;
    int64_t ports;
    size_t i;
    int r;

    if (access(note->path, F_OK) < 0)
        return 0;
    r = note_read_head(note->path, &record, &of, &ports);
    if (r < 0 || strcmp(of, note->of) != 0)
        return r == -ENOMEM ? r : 0;
    json_array_foreach (json_object_get(record, "refused"), i, entry) {
        r = note_read_refusal(entry, files);
        if (r < 0)
            return r;
    }
    note->ports = (enum ports_order)ports;
    note->found = true;
    return 0;
}

/* ---- opening and writing ---- */

static void note_unlock(struct programs_note *note)
{
    close(note->lock_fd);
    note->lock_fd = -1;
}

static int note_lock(const char *path, int *out)
{
    _cleanup_free_ char *lock = NULL;
    int r = text_format(&lock, "%s.lock", path);

    if (r < 0)
        return r;
    r = lock_open(lock, NOTE_LOCK_LIMIT_MS);
    if (r < 0)
        return r;
    *out = r;
    return 0;
}

/* Where the topology changes the maps' sizes a refusal may be due to that: such a lab writes none.
 */
static int note_open(const struct lab *lab, const struct programs_files *files, const char *dir,
                     struct programs_note *note)
{
    int r = note_describe(files, &note->of);

    if (r < 0)
        return r;
    r = text_format(&note->path, "%s/%016" PRIx64 ".json", dir,
                    (uint64_t)XXH3_64bits(note->of, strlen(note->of)));
    if (r < 0)
        return r;
    r = note_lock(note->path, &note->lock_fd);
    if (r < 0)
        return r;
    r = note_read(note, files);
    if (r < 0)
        return r;
    if (note->found || lab->topology->n_maps > 0)
        note_unlock(note);
    return 0;
}

static bool note_is_own(const struct programs_files *files)
{
    for (size_t i = 0; i < files->n_files; i++)
        if (!files->files[i].own)
            return false;
    return true;
}

int programs_note_open(const struct lab *lab, const struct programs_files *files,
                       struct programs_note *out)
{
    struct programs_note note = PROGRAMS_NOTE_NONE;
    const char *dir = getenv("WAYPOST_NOTES");
    int r;

    if (dir && *dir && files->refused && !note_is_own(files)) {
        r = note_open(lab, files, dir, &note);
        if (r < 0) {
            programs_note_close(&note);
            return r;
        }
    }
    *out = note;
    return 0;
}

void programs_note_write(struct programs_note *note, const struct programs_files *files,
                         enum ports_order ports)
{
    _cleanup_json_ json_t *refused = NULL, *record = NULL;

    if (note->lock_fd < 0)
        return;
    if (programs_refused_json(files->refused, &refused) == 0) {
        record =
            json_pack("{s:s, s:i, s:O}", "of", note->of, "ports", (int)ports, "refused", refused);
        if (record)
            (void)json_write_file(note->path, record);
    }
    note_unlock(note);
}
