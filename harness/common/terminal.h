/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program prints. Names, keys and reasons come out of files that strangers wrote, and a
 * terminal obeys what it is shown: colours, titles, a line that is written over. So a program
 * begins with terminal_start(), and whatever is printed from then on, by whom and with which
 * function of stdio.h, goes through one function that lets only text pass. `make check` holds that
 * every main() does, and that nothing writes to the descriptors instead.
 */
#pragma once

#include <stdio.h>

/* Puts terminal_stream() in the place of stdout and of stderr. The error is not said: -errno. */
int terminal_start(void);

/*
 * A stream that writes to `fd` (which stays the caller's) what is valid UTF-8, tabs and newlines.
 * Every other control character becomes `\u00NN`, which in JSON is the same text, and every byte
 * that is not UTF-8 `\xNN`. A character that is never finished is not printed. NULL and errno when
 * there is no memory.
 */
FILE *terminal_stream(int fd);

/* Prints, behind what the stream has, an escape sequence of the program's own. */
void terminal_control(FILE *stream, const char *sequence);

/* The descriptor behind a stream of terminal_start(), or behind any other; -1: none. */
int terminal_fd(FILE *stream);
