/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pipes that lead out of a machine: what it says of itself line by line (guest/init.c), the
 * output of the command inside, and results as they come. They end when qemu does.
 */
#pragma once

#include "common/loop.h"
#include "run/lines.h"
#include "vm/output.h"

struct channels;

struct channels_settings {
    struct loop *loop;
    const char *dir;          /* of the machine */
    struct vm_status *status; /* the output goes to stdout, too; NULL: to DIR/output only */
    lines_fn heard;           /* gets what it says of itself */
    void *heard_data;
    /* From the loop: something could not be read or written, which was said. */
    void (*failed)(struct channels *channels, int r);
};

struct channels {
    struct channels_settings settings;
    struct loop_source status, output, live;
    struct lines status_lines, live_lines;
    int output_file;
    bool line_open; /* stdout is in the middle of a line */
    struct output_count count;
};

/* The other ends, for qemu: inherited by what is started next. */
struct channels_ends {
    int status, output, live;
};

void channels_init(struct channels *channels);
int channels_open(const struct channels_settings *settings, struct channels *channels,
                  struct channels_ends *ends);
void channels_close_ends(const struct channels_ends *ends);
/* Reads what is still in them. */
int channels_drain(struct channels *channels);
void channels_close(struct channels *channels);
