/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which the parts of a lab are made and taken away; the one place that knows it.
 * Agents are not among them: they belong to the room behind this one.
 */
#pragma once

#include "common/stop.h"
#include "place/lab.h"
#include "lab/programs.h"
#include "lab/settings.h"

struct lab_plan {
    bool programs; /* without: namespaces and cgroups only, no BPF at all */
    struct programs_source source;
    const struct setting *settings; /* of the programs, behind the topology's */
    size_t n_settings;
    /* Called before each phase with its name; a negative return ends the building and is returned.
     * May be NULL. */
    int (*phase)(void *data, const char *name);
    void *data;
    const struct stop *stop; /* asked for each pod, too; may be NULL */
};

/* Makes the lab real and writes its topology to the maps. What was made before a failure stays:
 * the caller takes it away with lab_down(). */
int lab_up(const struct lab *lab, const struct lab_plan *plan);

/* Kills what runs in the lab and takes every part away, half-made labs too, and returns when they
 * are gone. Goes on behind a part that fails, and ends behind one that `stop` (may be NULL) ended;
 * then the state directory stays, so that it can be tried again. */
int lab_down(struct lab *lab, const struct stop *stop);
