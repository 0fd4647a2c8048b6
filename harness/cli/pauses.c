// SPDX-License-Identifier: Apache-2.0
/*
 * How evenly a program's output comes: for programs that nobody here wrote, and whose sockets
 * nobody here reads. A pause is counted as a deadline is (common/patience.h): not while the machine
 * gave nobody a turn.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/payload.h"
#include "cli/cli.h"
#include "cli/verbs.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/patience.h"

#define PAUSES_READ    (256 * 1024)
#define PAUSES_MOST_MS 600000
#define NS_PER_MS      1000000LL

struct pauses {
    struct digest digest;
    int64_t longest_ns;
};

/* One read. Before the first byte a program starts, and behind the last it ends: neither is a
 * pause. Returns the bytes, 0 at the end. */
static ssize_t pauses_read(struct pauses *pauses, uint8_t *buffer)
{
    struct patience patience;
    int64_t paused;
    ssize_t n;
    int r;

    patience_start(&patience, PAUSES_MOST_MS);
    r = patience_wait(STDIN_FILENO, POLLIN, -1, &patience);
    if (r < 0)
        return r;
    patience_look(&patience);
    n = read(STDIN_FILENO, buffer, PAUSES_READ);
    if (n < 0)
        return -errno;
    paused = atomic_load(&patience.counted_ns);
    if (n > 0 && pauses->digest.bytes > 0 && paused > pauses->longest_ns)
        pauses->longest_ns = paused;
    digest_feed(&pauses->digest, buffer, (size_t)n);
    return n;
}

static int pauses_read_all(struct pauses *pauses)
{
    _cleanup_free_ uint8_t *buffer = malloc(PAUSES_READ);
    ssize_t n = 1;

    if (!buffer)
        return err_r(ENOMEM, "cannot read");
    while (n > 0)
        n = pauses_read(pauses, buffer);
    return n < 0 ? err_r((int)-n, "cannot read to the end") : 0;
}

static int pauses_run(void)
{
    struct pauses pauses = {.longest_ns = 0};
    char text[DIGEST_TEXT_MAX];
    int r = digest_init(&pauses.digest);

    if (r < 0)
        return CODE_FAILED;
    r = pauses_read_all(&pauses);
    if (r == 0)
        printf("%llu %s %lld\n", (unsigned long long)pauses.digest.bytes,
               digest_text(&pauses.digest, text), (long long)(pauses.longest_ns / NS_PER_MS));
    digest_free(&pauses.digest);
    return cli_code(r);
}

int verb_pauses(int argc, char **argv)
{
    static const struct cli_command command = {
        .verb = "pauses",
        .purpose = "Reads its input to the end and prints how many bytes it was, their XXH3-64, "
                   "and the longest pause between two of them in milliseconds, as a machine "
                   "without other work would have had it",
        .usage = "",
        .examples =
            "Examples:\n"
            "  sudo waypost exec demo client -- curl -sN http://10.96.0.1/ | waypost pauses",
    };
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, NULL, &line);

    return r < 0 ? cli_code(r) : pauses_run();
}
