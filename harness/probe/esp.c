// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "net/esp.h"
#include "probe/sandbox.h"

/* A state of the kind that a lab has, for each family. */
int probe_esp(char why[PROBE_WHY_MAX])
{
    char text[ESP_WHY_MAX];
    int r = probe_netns(why);

    if (r < 0)
        return r;
    r = esp_try(text);
    snprintf(why, PROBE_WHY_MAX, "%s", text);
    return r;
}
