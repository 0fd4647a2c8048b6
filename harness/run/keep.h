/* SPDX-License-Identifier: Apache-2.0 */
/* --keep: the labs of a run with failures stay until Enter is pressed. */
#pragma once

/* Says how to enter their pods, and waits. Does nothing without labs or a terminal to read from. */
void keep_labs(void);
