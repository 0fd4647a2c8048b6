/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of `waypost`, one file each. argv[0] is the verb's name; the result is an exit code
 * (cli/cli.h).
 */
#pragma once

int verb_up(int argc, char **argv);
int verb_down(int argc, char **argv);
int verb_reset(int argc, char **argv);
int verb_show(int argc, char **argv);
int verb_exec(int argc, char **argv);
int verb_manage(int argc, char **argv);
int verb_flow(int argc, char **argv);
int verb_play(int argc, char **argv);
int verb_accepted(int argc, char **argv);
int verb_pauses(int argc, char **argv);
int verb_map(int argc, char **argv);
int verb_marks(int argc, char **argv);
int verb_other(int argc, char **argv);
int verb_policy(int argc, char **argv);
int verb_socket(int argc, char **argv);
int verb_set(int argc, char **argv);
int verb_events(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_programs(int argc, char **argv);
int verb_run(int argc, char **argv);
int verb_vm(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_verdict(int argc, char **argv);
int verb_forge(int argc, char **argv);
int verb_unit(int argc, char **argv);
int verb_merge(int argc, char **argv);
int verb_verifier(int argc, char **argv);
int verb_kernels(int argc, char **argv);
int verb_matrix(int argc, char **argv);
int verb_capture(int argc, char **argv);
int verb_import(int argc, char **argv);
int verb_repro(int argc, char **argv);
int verb_shrink(int argc, char **argv);
/* Its words are answered by other verbs, which `run_verb` runs. */
int verb_serve(int argc, char **argv, int (*run_verb)(int argc, char **argv));
