// SPDX-License-Identifier: Apache-2.0
#include "objects/facts.h"

#include <stdio.h>
#include <string.h>

/* "processed N insns (limit N) max_states_per_insn N total_states N peak_states N mark_read N" */
static void facts_read_states(const char *line, struct program_facts *out)
{
    unsigned int total, peak;

    if (sscanf(line,
               "processed %*u insns (limit %*u) max_states_per_insn %*u total_states %u "
               "peak_states %u",
               &total, &peak) != 2)
        return;
    out->total_states = total;
    out->peak_states = peak;
}

void program_facts_read(const char *log, struct program_facts *out)
{
    for (const char *line = log; *line;) {
        const char *end = strchrnul(line, '\n');

        facts_read_states(line, out);
        sscanf(line, "stack depth %63[0-9+]", out->stack);
        sscanf(line, "verification time %ld usec", &out->time_us);
        line = *end ? end + 1 : end;
    }
}
