// SPDX-License-Identifier: Apache-2.0
#include "agent/pod_files.h"

#include <errno.h>
#include <string.h>
#include <sys/un.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

int pod_socket_path(const struct lab *lab, const char *pod, char **out)
{
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/agents/%s.sock", lab->state_dir, pod);

    if (r < 0)
        return r;
    if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return err_say(ENAMETOOLONG,
                       "'%s' is too long for a socket: set WAYPOST_STATE to a "
                       "directory with a shorter path",
                       path);
    *out = TAKE_PTR(path);
    return 0;
}

int pod_log_path(const struct lab *lab, const char *pod, char **out)
{
    return text_format(out, "%s/logs/%s.log", lab->state_dir, pod);
}

char *pod_log_last_words(const char *log_path)
{
    _cleanup_fclose_ FILE *log = fopen(log_path, "re");
    char line[256];
    char *words = NULL;

    while (log && fgets(line, sizeof(line), log)) {
        const char *found = strstr(line, AGENT_ENDED_WITH);

        line[strcspn(line, "\n")] = '\0';
        if (!found)
            continue;
        free(words);
        words = strdup(found + strlen(AGENT_ENDED_WITH));
    }
    return words;
}
