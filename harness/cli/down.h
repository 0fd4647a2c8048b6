/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Says that a signal ended the taking down of the lab, what stays and how to go on. */
void down_interrupted(const char *lab);
