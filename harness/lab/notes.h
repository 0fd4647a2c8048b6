/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one lab of a run has found out about objects, for the next ones: which programs the kernel
 * refuses, and the byte order of ports. A verifier that gives up after a million instructions does
 * so for seconds, and a run has some seventy labs.
 *
 * Notes are kept only where $WAYPOST_NOTES names a directory, as a run of the suites does for its
 * own time; labs made by hand ask the kernel each time. A note holds for exactly the files that it
 * was made of (their names and the digests of their bytes), the programs that are taken from each,
 * and the entries of the topology's maps.
 */
#pragma once

#include <stdbool.h>

#include "place/lab.h"
#include "objects/files.h"
#include "lab/ports.h"

struct programs_note {
    char *path;  /* NULL: nothing is noted */
    char *of;    /* what it holds for */
    int lock_fd; /* held until it is written: the others wait instead of asking, too */
    bool found;  /* it was there: the refusals are among files->refused, `ports` is known */
    enum ports_order ports;
};

#define PROGRAMS_NOTE_NONE ((struct programs_note){.lock_fd = -1})

/*
 * Looks for a note about these objects. Where there is one its refusals are said and added to
 * files->refused; where there is none, the note is the caller's to write, and whoever else wants it
 * waits until then; but a lab whose topology sets maps' entries writes none. For labs that go on
 * without what is refused; others, and the suite's own programs, have no notes. A note that cannot
 * be read is as none.
 */
int programs_note_open(const struct lab *lab, const struct programs_files *files,
                       struct programs_note *out);
/* Writes it, with what is in files->refused by now, and lets the others go on. Not being able to
 * is no error. Nothing happens where it was found. */
void programs_note_write(struct programs_note *note, const struct programs_files *files,
                         enum ports_order ports);
void programs_note_close(struct programs_note *note);
