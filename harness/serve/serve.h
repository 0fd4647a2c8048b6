/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of the suites (suites/lib/waypost.bash), answered by one process for all tests of a
 * bats file: a word costs a write and a read instead of a process, and what is compared is compared
 * here. What a word does to a lab it does by the verbs of `waypost`, whose output it takes.
 *
 * Requests come on stdin: the number of words, then the words, each ended by a NUL. The first two
 * are the test that asks (its number, or nothing outside of tests) and its lab, the third is the
 * word, the others its arguments. Every request is answered on stdout, by 9 characters and as many
 * bytes of text as they say:
 *
 *     CODE      one character: enum verdict
 *     LENGTH    8 characters: a decimal number with blanks in front
 *
 * The process ends when its stdin does, and with the process that started it.
 */
#pragma once

/* Runs a verb of `waypost` (argv[0]), which prints to stdout and stderr; returns its exit code. */
typedef int (*serve_verb_fn)(int argc, char **argv);

/* Answers requests until there are no more. 0, or a negative errno that was said. */
int serve_requests(serve_verb_fn verb);
