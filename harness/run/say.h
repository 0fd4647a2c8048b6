/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as a person sees them who has typed run.sh. */
#pragma once

/* They begin with `run.sh: ` from now on, until log_set_sink() is called. */
void say_as_door(void);
