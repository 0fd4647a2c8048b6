// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "topology/build.h"

#define READ_DEFAULT_NODE "node"

static void read_build_clear(struct build *b)
{
    topology_free(&b->topology);
    index_clear(&b->names);
}

/* An array of `n` elements, zeroed; never NULL for want of elements. */
static void *read_array(size_t n, size_t size)
{
    return calloc(n ? n : 1, size);
}

static int read_copy(char **out, const char *text)
{
    *out = strdup(text);
    return *out ? 0 : -ENOMEM;
}

static int read_nodes(const struct spec *spec, struct topology *t)
{
    size_t n = spec->n_nodes ? spec->n_nodes : 1;
    int r = 0;

    t->nodes = read_array(n, sizeof(*t->nodes));
    t->n_nodes = t->nodes ? n : 0;
    for (size_t i = 0; r == 0 && i < t->n_nodes; i++)
        r = read_copy(&t->nodes[i].name, spec->n_nodes ? spec->nodes[i] : READ_DEFAULT_NODE);
    return t->nodes ? r : -ENOMEM;
}

static int read_pod(const struct spec_pod *p, struct topology_pod *out)
{
    out->managed = p->managed != SPEC_FALSE;
    out->listeners = read_array(p->n_listeners, sizeof(*out->listeners));
    if (!out->listeners)
        return -ENOMEM;
    out->n_listeners = p->n_listeners;
    for (size_t i = 0; i < p->n_listeners; i++)
        out->listeners[i] =
            (struct topology_listener){(uint16_t)p->listeners[i].port, p->listeners[i].mode};
    return read_copy(&out->name, p->name);
}

static int read_pods(const struct spec *spec, struct topology *t)
{
    int r = 0;

    t->pods = read_array(spec->n_pods, sizeof(*t->pods));
    t->n_pods = t->pods ? spec->n_pods : 0;
    for (size_t i = 0; r == 0 && i < t->n_pods; i++)
        r = read_pod(&spec->pods[i], &t->pods[i]);
    return t->pods ? r : -ENOMEM;
}

static int read_service(const struct spec_service *s, struct topology_service *out)
{
    out->policy = s->policy;
    out->n_ports = s->n_ports;
    for (size_t i = 0; i < s->n_ports; i++) {
        uint32_t port = s->ports[i].port, target = s->ports[i].target;

        out->ports[i] =
            (struct topology_port_pair){(uint16_t)port, (uint16_t)(target ? target : port)};
    }
    out->endpoints = read_array(s->n_endpoints, sizeof(*out->endpoints));
    if (!out->endpoints)
        return -ENOMEM;
    out->n_endpoints = s->n_endpoints;
    return read_copy(&out->name, s->name);
}

static int read_services(const struct spec *spec, struct topology *t)
{
    int r = 0;

    t->services = read_array(spec->n_services, sizeof(*t->services));
    t->n_services = t->services ? spec->n_services : 0;
    for (size_t i = 0; r == 0 && i < t->n_services; i++)
        r = read_service(&spec->services[i], &t->services[i]);
    return t->services ? r : -ENOMEM;
}

static int read_maps(const struct spec *spec, struct topology *t)
{
    int r = 0;

    t->maps = read_array(spec->n_maps, sizeof(*t->maps));
    t->n_maps = t->maps ? spec->n_maps : 0;
    for (size_t i = 0; r == 0 && i < t->n_maps; i++) {
        t->maps[i].entries = spec->maps[i].entries;
        r = read_copy(&t->maps[i].name, spec->maps[i].name);
    }
    return t->maps ? r : -ENOMEM;
}

/* What needs no checking: the topology's arrays with names, ports and modes. */
static int read_plain(const struct build *b)
{
    struct topology *t = b->topology;
    int r = t ? read_copy(&t->file, b->document->name) : -ENOMEM;

    if (r == 0)
        r = read_nodes(b->spec, t);
    if (r == 0)
        r = read_pods(b->spec, t);
    if (r == 0)
        r = read_services(b->spec, t);
    if (r == 0)
        r = read_maps(b->spec, t);
    return r < 0 ? err_r(r, "cannot read '%s'", b->document->name) : 0;
}

static int read_build(const struct document *d, const struct spec *spec, struct topology **out)
{
    static int (*const steps[])(struct build *) = {build_names,      build_pod_nodes,
                                                   build_numbers,    build_addresses,
                                                   build_references, build_settings};
    _cleanup_(read_build_clear) struct build b = {
        .document = d,
        .spec = spec,
        .topology = calloc(1, sizeof(*b.topology)),
    };
    int r = read_plain(&b);

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++)
        r = steps[i](&b);
    if (r == 0)
        *out = TAKE_PTR(b.topology);
    return r;
}

int topology_parse(const char *name, const char *text, size_t length, struct topology **out)
{
    _cleanup_document_ struct document *d = NULL;
    _cleanup_spec_ struct spec *spec = NULL;
    int r;

    if (length > TOPOLOGY_FILE_MAX)
        return err_say(EFBIG, "%s: larger than %d MiB", name, TOPOLOGY_FILE_MAX >> 20);
    r = document_read(name, text, length, &d);
    if (r == 0)
        r = spec_load(d, text, length, &spec);
    if (r == 0)
        r = read_build(d, spec, out);
    return r;
}

/* The whole file, up to one byte more than may be read. */
static int read_file(const char *path, char **out, size_t *length)
{
    _cleanup_fclose_ FILE *file = NULL;
    _cleanup_free_ char *text = NULL;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file)
        return err_r(errno, "cannot open '%s'", path);
    if (fstat(fd, &st) < 0)
        return err_r(errno, "cannot read '%s'", path);
    if (!S_ISREG(st.st_mode))
        return err_say(S_ISDIR(st.st_mode) ? EISDIR : EINVAL, "'%s' is not a regular file", path);
    text = malloc(TOPOLOGY_FILE_MAX + 1);
    if (!text)
        return err_r(ENOMEM, "cannot read '%s'", path);
    *length = fread(text, 1, TOPOLOGY_FILE_MAX + 1, file);
    if (ferror(file))
        return err_r(errno, "cannot read '%s'", path);
    *out = TAKE_PTR(text);
    return 0;
}

int topology_read(const char *path, struct topology **out)
{
    _cleanup_free_ char *text = NULL;
    size_t length = 0;
    int r = read_file(path, &text, &length);

    return r < 0 ? r : topology_parse(path, text, length, out);
}

void topology_free(struct topology **topology)
{
    struct topology *t = TAKE_PTR(*topology);

    if (!t)
        return;
    for (size_t i = 0; i < t->n_nodes; i++)
        free(t->nodes[i].name);
    for (size_t i = 0; i < t->n_pods; i++) {
        free(t->pods[i].name);
        free(t->pods[i].listeners);
        free(t->pods[i].services);
    }
    for (size_t i = 0; i < t->n_services; i++) {
        free(t->services[i].name);
        free(t->services[i].endpoints);
    }
    for (size_t i = 0; i < t->n_maps; i++)
        free(t->maps[i].name);
    for (size_t i = 0; i < t->n_settings; i++)
        free(t->settings[i].text);
    free(t->settings);
    free(t->nodes);
    free(t->pods);
    free(t->services);
    free(t->maps);
    free(t->file);
    free(t);
}
