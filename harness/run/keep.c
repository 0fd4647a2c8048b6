// SPDX-License-Identifier: Apache-2.0
#include "run/keep.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/text.h"

/* STATE/LAB/agents/POD.sock */
static void keep_say(const char *state, const char *socket)
{
    const char *lab = socket + strlen(state) + 1, *pod = strrchr(socket, '/') + 1;

    printf("  sudo ./run.sh shell %.*s %.*s\n", (int)strcspn(lab, "/"), lab,
           (int)(strlen(pod) - strlen(".sock")), pod);
}

void keep_labs(void)
{
    const char *state = getenv("WAYPOST_STATE");
    _cleanup_free_ char *pattern = NULL;
    glob_t sockets = {0};
    int c;

    if (!isatty(STDIN_FILENO) || text_format(&pattern, "%s/*/agents/*.sock", state) < 0)
        return;
    if (glob(pattern, 0, NULL, &sockets) == 0) {
        printf("Labs that were kept; enter a pod from another terminal:\n");
        for (size_t i = 0; i < sockets.gl_pathc; i++)
            keep_say(state, sockets.gl_pathv[i]);
        printf("Press Enter to take them down. ");
        fflush(stdout);
        do
            c = getchar();
        while (c != '\n' && c != EOF);
    }
    globfree(&sockets);
}
