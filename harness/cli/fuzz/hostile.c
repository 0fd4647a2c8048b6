// SPDX-License-Identifier: Apache-2.0
/*
 * `make hostile`: so many whole files, each read as a verb reads it, with the sanitizers, always
 * the same ones. What is refused is refused with messages of one line, no reader crashes, in this
 * process or in its confined child, and nothing is printed to stderr, which is where sanitizers
 * report: hence a process of its own, and one that listens. The first input that breaks this ends
 * it: it stays, and is made again by its number.
 *
 *   hostile BUILD           all of them; files are made in BUILD/hostile
 *   hostile BUILD KIND N    the N-th of a kind
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/control.h"
#include "bundle/bundle.h"
#include "cli/fuzz/hostile.h"
#include "common/cleanup.h"
#include "common/fuzz/fuzz.h"
#include "field/capture_bpftool.h"
#include "field/import.h"
#include "field/predict.h"
#include "field/reachable_find.h"
#include "field/settings.h"
#include "lab/interface.h"
#include "objects/verifier_log.h"
#include "topology/topology.h"
#include "unit/object.h"

#define HOSTILE_PATH_MAX 256

static const char *hostile_build;
static char hostile_input[HOSTILE_PATH_MAX];
static bool hostile_found;

/* Which one is being read; both processes see it. */
static struct hostile_now {
    const char *kind;
    uint64_t number;
} * hostile_now;

static void hostile_finding(const char *what)
{
    printf("FOUND: %s (last said: %s)\n", what, fuzz_last);
    hostile_found = true;
}

/* ---- readers ---- */

/* What repro makes of it. */
static void hostile_use(const struct bundle *b)
{
    struct cluster cluster = {};
    struct reachable *reachable = NULL;
    struct field_settings settings;

    if (cluster_from_bundle(b, &cluster) == 0 && field_settings_read(b, &settings) == 0)
        (void)reachable_find(b, &cluster, b->flows, &reachable);
    free(reachable);
    cluster_free(&cluster);
}

static int read_bundle(uint64_t number)
{
    struct bundle *b = NULL;
    int r;

    hostile_bundle(hostile_input, number);
    r = bundle_open(hostile_input, &b);
    if (r == 0)
        hostile_use(b);
    bundle_free(&b);
    return r;
}

/* A mutated copy of one of these files, of which some have been built; number 0 is a whole one. */
static struct hostile_bytes hostile_copy(const char *kind, uint64_t number,
                                         const char *const *seeds, enum hostile_form form)
{
    struct hostile_random random = hostile_random(kind, number);
    struct hostile_bytes bytes;
    char path[HOSTILE_PATH_MAX];
    const char *seed;
    size_t n = 0;

    while (seeds[n])
        n++;
    seed = seeds[number ? hostile_below(&random, n) : 0];
    snprintf(path, sizeof(path), "%s%s", *seed == '/' ? hostile_build : "", seed);
    bytes = hostile_read(path);
    if (number)
        hostile_mutate(&bytes, form, &random);
    return bytes;
}

/* As the only object of a directory, for `programs` and `up`, and for `unit`. */
static int read_object(uint64_t number)
{
    static const char *const seeds[] = {"/bpf/datapath/cgroup_connect4.bpf.o",
                                        "harness/objects/fuzz/seeds/elf/small.o",
                                        "/bpf/datapath/sockops.bpf.o",
                                        "/bpf/datapath/xdp.bpf.o",
                                        "/unit/sendmsg.o",
                                        NULL};
    struct hostile_bytes bytes = hostile_copy("object", number, seeds, HOSTILE_FIXED);
    const struct programs_source source = {.dir = hostile_input, .all = true, .unloaded = true};
    _cleanup_(unit_object_free) struct unit_object object = {};
    _cleanup_strings_ struct strings why = {};
    _cleanup_json_ json_t *report = NULL;
    char path[HOSTILE_PATH_MAX + 8];
    int loaded, r;

    (void)mkdir(hostile_input, 0755);
    snprintf(path, sizeof(path), "%s/a.o", hostile_input);
    hostile_write(path, bytes.bytes, bytes.size);
    hostile_free(&bytes);
    r = programs_interface(&source, &report, &loaded);
    if (unit_object_read(path, &object, &why) < 0 && why.n == 0)
        hostile_finding("a unit test's object is refused without a reason");
    for (size_t i = 0; i < why.n; i++)
        if (!fuzz_is_line(why.items[i]))
            hostile_finding("a reason of more than a line");
    return r;
}

static int read_bpftool(uint64_t number)
{
    static const char *const names[] = {"frontend", "endpoint", "manage", "socket"};
    const char *name = names[number % ARRAY_SIZE(names)];
    struct hostile_random random = hostile_random("bpftool", number);
    char path[HOSTILE_PATH_MAX], map_name[32];
    struct hostile_bytes bytes;
    struct bundle_map map = {};
    const uint8_t *line;
    int r;

    snprintf(path, sizeof(path), "harness/field/fuzz/seeds/dump/%s", name);
    snprintf(map_name, sizeof(map_name), "km_%s", name);
    bytes = hostile_read(path);
    /* The seed's first line is the map's name. */
    line = memchr(bytes.bytes, '\n', bytes.size);
    bytes.size -= (size_t)(line + 1 - bytes.bytes);
    memmove(bytes.bytes, line + 1, bytes.size);
    if (number)
        hostile_mutate(&bytes, HOSTILE_JSON, &random);
    hostile_write(hostile_input, bytes.bytes, bytes.size);
    hostile_free(&bytes);
    r = capture_map_parse(hostile_input, map_name, &map);
    bundle_map_free(&map);
    return r;
}

static int read_configuration(uint64_t number)
{
    static const char *const seeds[] = {"harness/field/fuzz/seeds/import/dump.json", NULL};
    struct hostile_bytes bytes = hostile_copy("configuration", number, seeds, HOSTILE_JSON);
    const struct import_options options = {.waypoint_port = 15008,
                                           .node = number % 4 == 1 ? "n1" : NULL};
    struct topology *t = NULL;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    int r;

    hostile_write(hostile_input, bytes.bytes, bytes.size);
    hostile_free(&bytes);
    r = import_run(hostile_input, &options, out);
    fclose(out);
    if (r == 0 && topology_parse("imported", text, length, &t) < 0)
        hostile_finding("what import writes is not read");
    topology_free(&t);
    free(text);
    return r;
}

/* bpftool's and Kmesh's in turn. */
static int read_dump(uint64_t number)
{
    return number % 2 ? read_configuration(number / 2) : read_bpftool(number / 2);
}

/* As agent-request does it, whose promises end this process. */
static int read_request(uint64_t number)
{
    static const char *const seeds[] = {
        "harness/agent/fuzz/seeds/request/flow",     "harness/agent/fuzz/seeds/request/also",
        "harness/agent/fuzz/seeds/request/accepted", "harness/agent/fuzz/seeds/request/manage",
        "harness/agent/fuzz/seeds/request/repeat",   "harness/agent/fuzz/seeds/request/early",
        "harness/agent/fuzz/seeds/request/twice",    NULL};
    struct hostile_bytes bytes = hostile_copy("request", number, seeds, HOSTILE_JSON);

    if (bytes.size > CONTROL_MESSAGE_MAX)
        bytes.size = CONTROL_MESSAGE_MAX;
    hostile_write(hostile_input, bytes.bytes, bytes.size);
    /* An empty message is the end of a connection. */
    (void)LLVMFuzzerTestOneInput(bytes.size ? bytes.bytes : (const uint8_t *)"",
                                 bytes.size + !bytes.size);
    hostile_free(&bytes);
    return 0;
}

static const struct hostile_kind {
    const char *name;
    uint64_t n;
    int (*read)(uint64_t number);
    bool is_answered; /* whether it was taken or refused */
} hostile_kinds[] = {{"bundles", 200, read_bundle, false},
                     {"objects", 300, read_object, false},
                     {"dumps", 100, read_dump, false},
                     {"requests", 1000, read_request, true}};

/* ---- counting ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* What confine() says of a child that did anything but refuse. */
static bool hostile_is_crash(const char *said)
{
    static const char *const words[] = {"ended by a signal", "no reader needs", "answered nonsense",
                                        "did not end", "was killed"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strstr(said, words[i]))
            return true;
    return false;
}

/* True when it was read, or refused as it is to be. */
static bool hostile_one(const struct hostile_kind *kind, uint64_t number, uint64_t *read)
{
    int r;

    *hostile_now = (struct hostile_now){kind->name, number};
    (void)nftw(hostile_input, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    fuzz_listen();
    r = kind->read(number);
    *read += r >= 0;
    if (r < 0 && fuzz_errors == 0)
        hostile_finding("a refusal without a word");
    if (hostile_is_crash(fuzz_last))
        hostile_finding("the reader crashed");
    if (number == 0 && r < 0)
        hostile_finding("what is whole is refused");
    return !hostile_found;
}

static bool hostile_all(const struct hostile_kind *kind)
{
    uint64_t read = 0;

    for (uint64_t number = 0; number <= kind->n; number++)
        if (!hostile_one(kind, number, &read))
            return false;
    /* The whole one is not counted. */
    printf("%5llu %-9s", (unsigned long long)kind->n, kind->name);
    if (kind->is_answered)
        printf(" %4llu answered\n", (unsigned long long)read - 1);
    else
        printf(" %4llu read, %llu refused\n", (unsigned long long)read - 1,
               (unsigned long long)(kind->n - (read - 1)));
    fflush(stdout);
    return true;
}

/* ---- two processes ---- */

static int hostile_run(int argc, char **argv)
{
    uint64_t read = 0;

    programs_log_init();
    for (size_t i = 0; i < ARRAY_SIZE(hostile_kinds); i++) {
        if (argc == 4 && strcmp(argv[2], hostile_kinds[i].name) != 0)
            continue;
        if (argc == 4 ? !hostile_one(&hostile_kinds[i], strtoull(argv[3], NULL, 10), &read)
                      : !hostile_all(&hostile_kinds[i]))
            return 1;
    }
    return 0;
}

/* Passes on what the sanitizers say. */
static bool hostile_hear(int fd)
{
    char text[4096];
    bool heard = false;
    ssize_t n;

    while ((n = read(fd, text, sizeof(text))) > 0) {
        heard = true;
        (void)!write(STDERR_FILENO, text, (size_t)n);
    }
    return heard;
}

static int hostile_watch(pid_t pid, int fd)
{
    bool heard = hostile_hear(fd);
    int status = 0;

    if (waitpid(pid, &status, 0) == pid && status == 0 && !heard)
        return 0;
    printf("%s %llu: the input is %s\n", hostile_now->kind, (unsigned long long)hostile_now->number,
           hostile_input);
    return 1;
}

static bool hostile_begin(const char *build)
{
    hostile_build = build;
    snprintf(hostile_input, sizeof(hostile_input), "%s/hostile", build);
    (void)mkdir(hostile_input, 0755);
    snprintf(hostile_input, sizeof(hostile_input), "%s/hostile/input", build);
    hostile_now =
        mmap(NULL, sizeof(*hostile_now), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return hostile_now != MAP_FAILED;
}

int main(int argc, char **argv)
{
    int fds[2];
    pid_t pid;

    if ((argc != 2 && argc != 4) || !hostile_begin(argv[1]) || pipe2(fds, O_CLOEXEC) < 0)
        return 2;
    pid = fork();
    if (pid < 0)
        return 2;
    if (pid == 0) {
        dup2(fds[1], STDERR_FILENO);
        exit(hostile_run(argc, argv));
    }
    close(fds[1]);
    return hostile_watch(pid, fds[0]);
}
