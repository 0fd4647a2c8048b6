// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as requests for words, and as what verbs print while they are answered: each request
 * has one answer, a verdict with as many bytes of text as it says. The parts of an input are
 * separated by lines "%%": the requests; then what each verb prints, behind a digit, its exit code.
 *
 * Words that start processes, end some, or leave files are left out: exec_in, exec_ok, lab_up,
 * lab_down, bundle, expect_no_leak, expect_no_strays.
 */
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fuzz/fuzz.h"
#include "serve/wire.h"
#include "serve/words.h"

static const uint8_t *fuzz_printed;
static size_t fuzz_printed_size;

static int fuzz_verb(int argc, char **argv)
{
    const uint8_t *part = fuzz_printed;
    size_t n = fuzz_cut(&fuzz_printed, &fuzz_printed_size);

    fuzz_expect(argc > 0 && argc <= CALL_MAX && argv[argc] == NULL, "a command line");
    if (n == 0)
        return 0;
    fwrite(part + 1, 1, n - 1, stdout);
    return *part >= '0' && *part <= '9' ? *part - '0' : 0;
}

static bool fuzz_is_left_out(const char *word)
{
    static const char *const words[] = {"exec_in", "exec_ok",        "lab_up",          "lab_down",
                                        "bundle",  "expect_no_leak", "expect_no_strays"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static void fuzz_answer(const struct session *s)
{
    fuzz_expect(s->verdict >= VERDICT_PASSED && s->verdict <= VERDICT_STATUS, "a verdict");
    fuzz_expect(s->verdict == VERDICT_PASSED || s->text, "what did not pass has a text");
}

/* The answers go to a file, which is read when there are no more requests. */
static void fuzz_wire(struct wire *wire, int answers, const struct session *s)
{
    size_t size = s->text ? strlen(s->text) : 0;
    char head[10] = "";

    fuzz_expect(ftruncate(answers, 0) == 0 && lseek(answers, 0, SEEK_SET) == 0, "a file");
    fuzz_expect(wire_answer(wire, (char)s->verdict, s->text ? s->text : "", size) == 0,
                "an answer");
    fuzz_expect(pread(answers, head, 9, 0) == 9 && *head == (char)s->verdict, "begins so");
    fuzz_expect(strtoul(head + 1, NULL, 10) == size &&
                    lseek(answers, 0, SEEK_END) == (off_t)size + 9,
                "and has as many bytes as it says");
}

static int fuzz_requests(const uint8_t *data, size_t size)
{
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("requests", MFD_CLOEXEC);
    fuzz_expect(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size &&
                    lseek(fd, 0, SEEK_SET) == 0,
                "a file");
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int answers = -1;
    struct session session = {.verb = fuzz_verb};
    const uint8_t *requests = data;
    size_t n = fuzz_cut(&data, &size);
    struct wire wire = {.in_fd = fuzz_requests(requests, n)};
    int r;

    fuzz_listen();
    if (answers < 0)
        answers = memfd_create("answers", MFD_CLOEXEC);
    wire.out_fd = answers;
    fuzz_printed = data;
    fuzz_printed_size = size;
    while ((r = wire_read(&wire)) > 0) {
        fuzz_expect(session_begin(&session, wire.words[0], wire.words[1]) == 0, "a session");
        if (fuzz_is_left_out(wire.words[2]))
            continue;
        word_answer(&session, wire.words + 2, wire.n_words - 2);
        fuzz_answer(&session);
        fuzz_wire(&wire, answers, &session);
    }
    fuzz_expect_said(r);
    session_release(&session);
    wire_release(&wire);
    return 0;
}
