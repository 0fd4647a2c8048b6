// SPDX-License-Identifier: Apache-2.0
#include "play/play.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/patience.h"
#include "play/player.h"

#define PLAY_CALL_MS 5000

struct play_reader {
    int fd;
    char text[4096];
    size_t used;
    const struct script *script;
    struct strings *answers;
};

/* The lines that are whole. */
static int play_take_lines(struct play_reader *reader)
{
    char *end;

    while ((end = memchr(reader->text, '\n', reader->used))) {
        size_t length = (size_t)(end - reader->text) + 1;

        *end = '\0';
        if (*reader->text == '!')
            return err_say(ECHILD, "%s", reader->text + 1);
        if (strings_add(reader->answers, reader->text) < 0)
            return err_r(ENOMEM, "cannot keep an answer");
        memmove(reader->text, reader->text + length, reader->used - length);
        reader->used -= length;
    }
    return 0;
}

/* 1 when there was something, 0 at the end. */
static int play_read(struct play_reader *reader)
{
    ssize_t n = read(reader->fd, reader->text + reader->used, sizeof(reader->text) - reader->used);
    int r;

    if (n <= 0)
        return n < 0 && errno == EINTR ? 1 : 0;
    reader->used += (size_t)n;
    r = play_take_lines(reader);
    return r < 0 ? r : 1;
}

static int play_late(const struct play_reader *reader, const struct patience *patience)
{
    const struct script_line *line = &reader->script->lines[reader->answers->n];
    char what[256];

    if (patience_outcome(patience) == -PATIENCE_STARVED) {
        snprintf(what, sizeof(what), "whether '%s' comes back", line->text);
        return patience_say(patience, what);
    }
    return strings_add(reader->answers, PLAY_NO_RETURN) < 0 ? err_r(ENOMEM, "cannot keep an answer")
                                                            : 0;
}

static int play_follow(struct play_reader *reader)
{
    struct patience patience;
    size_t seen = 0;
    int r = 1;

    patience_start(&patience, PLAY_CALL_MS);
    while (r > 0) {
        struct pollfd look = {.fd = reader->fd, .events = POLLIN};
        int left = patience_left_ms(&patience);

        if (left == 0 && reader->answers->n < reader->script->n)
            return play_late(reader, &patience);
        if (poll(&look, 1, left) > 0)
            r = play_read(reader);
        if (reader->answers->n > seen)
            patience_start(&patience, PLAY_CALL_MS);
        seen = reader->answers->n;
    }
    if (r == 0 && reader->answers->n < reader->script->n)
        return err_say(ECHILD, "the player ended at '%s'", reader->script->lines[seen].text);
    return r;
}

int play_run(const struct lab *lab, const struct topology_pod *client,
             const struct play_target *target, const struct script *script, struct strings *answers)
{
    struct play_reader reader = {.script = script, .answers = answers};
    int pair[2], r;
    pid_t pid;

    if (pipe2(pair, O_CLOEXEC) < 0)
        return err_r(errno, "cannot make a pipe");
    fflush(NULL);
    pid = fork();
    if (pid == 0)
        player_main(lab, client, target, script, pair[1]);
    close(pair[1]);
    reader.fd = pair[0];
    r = pid < 0 ? err_r(errno, "cannot start the player") : play_follow(&reader);
    close(pair[0]);
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    return r;
}
