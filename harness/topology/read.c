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

    t->nodes = read_array(n, sizeof(*t->nodes));
    if (!t->nodes)
        return -ENOMEM;
    t->n_nodes = n;
    for (size_t i = 0; i < n; i++) {
        int r = read_copy(&t->nodes[i].name, spec->n_nodes ? spec->nodes[i] : READ_DEFAULT_NODE);

        if (r < 0)
            return r;
    }
    return 0;
}

static int read_pod(const struct spec_pod *p, struct topology_pod *out)
{
    out->host = p->host == SPEC_TRUE;
    /* No control plane enrols a pod that has the node's own network. */
    out->managed = out->host ? p->managed == SPEC_TRUE : p->managed != SPEC_FALSE;
    out->listeners = read_array(p->n_listeners, sizeof(*out->listeners));
    if (!out->listeners)
        return -ENOMEM;
    out->n_listeners = p->n_listeners;
    for (size_t i = 0; i < p->n_listeners; i++)
        out->listeners[i] = (struct topology_listener){
            (uint16_t)p->listeners[i].port, p->listeners[i].mode, p->listeners[i].family};
    return read_copy(&out->name, p->name);
}

static int read_pods(const struct spec *spec, struct topology *t)
{
    t->pods = read_array(spec->n_pods, sizeof(*t->pods));
    if (!t->pods)
        return -ENOMEM;
    t->n_pods = spec->n_pods;
    for (size_t i = 0; i < t->n_pods; i++) {
        int r = read_pod(&spec->pods[i], &t->pods[i]);

        if (r < 0)
            return r;
    }
    return 0;
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
    t->services = read_array(spec->n_services, sizeof(*t->services));
    if (!t->services)
        return -ENOMEM;
    t->n_services = spec->n_services;
    for (size_t i = 0; i < t->n_services; i++) {
        int r = read_service(&spec->services[i], &t->services[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

static int read_maps(const struct spec *spec, struct topology *t)
{
    t->encryption = spec->encryption;
    t->maps = read_array(spec->n_maps, sizeof(*t->maps));
    if (!t->maps)
        return -ENOMEM;
    t->n_maps = spec->n_maps;
    for (size_t i = 0; i < t->n_maps; i++) {
        int r = read_copy(&t->maps[i].name, spec->maps[i].name);

        if (r < 0)
            return r;
        t->maps[i].entries = spec->maps[i].entries;
    }
    return 0;
}

/* What needs no checking: the topology's arrays with names, ports and modes. */
static int read_plain(const struct build *b)
{
    static int (*const parts[])(const struct spec *, struct topology *) = {
        read_nodes, read_pods, read_services, read_maps};
    struct topology *t = b->topology;

    if (!t || read_copy(&t->file, b->document->name) < 0)
        return err_r(ENOMEM, "cannot read '%s'", b->document->name);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        if (parts[i](b->spec, t) < 0)
            return err_r(ENOMEM, "cannot read '%s'", b->document->name);
    return 0;
}

static int read_build(const struct document *d, const struct spec *spec, struct topology **out)
{
    static int (*const steps[])(struct build *) = {
        build_names,     build_pod_nodes,  build_hosts,    build_numbers,     build_addresses,
        build_frontends, build_references, build_policies, build_policy_pods, build_settings};
    _cleanup_(read_build_clear) struct build b = {
        .document = d,
        .spec = spec,
        .topology = calloc(1, sizeof(*b.topology)),
    };
    int r = read_plain(&b);

    if (r < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        r = steps[i](&b);
        if (r < 0)
            return r;
    }
    *out = TAKE_PTR(b.topology);
    return 0;
}

static int read_keep_text(struct topology *t, const char *text, size_t length)
{
    t->text = malloc(length + 1);
    if (!t->text)
        return err_r(ENOMEM, "cannot read '%s'", t->file);
    memcpy(t->text, text, length);
    t->text[length] = '\0';
    t->length = length;
    return 0;
}

/* The text as a document that knows its lines, and as what the schema makes of it. */
static int read_spec(const cyaml_schema_value_t *schema, const char *name, const char *text,
                     size_t length, struct document **d, struct spec **spec)
{
    int r;

    if (length > TOPOLOGY_FILE_MAX)
        return err_say(EFBIG, "%s: larger than %d MiB", name, TOPOLOGY_FILE_MAX >> 20);
    r = document_read(name, text, length, d);
    return r < 0 ? r : spec_load(*d, schema, text, length, spec);
}

int topology_parse(const char *name, const char *text, size_t length, struct topology **out)
{
    _cleanup_document_ struct document *d = NULL;
    _cleanup_spec_ struct spec *spec = NULL;
    _cleanup_(topology_free) struct topology *topology = NULL;
    int r = read_spec(&spec_schema, name, text, length, &d, &spec);

    if (r < 0)
        return r;
    r = read_build(d, spec, &topology);
    if (r < 0)
        return r;
    r = read_keep_text(topology, text, length);
    if (r < 0)
        return r;
    *out = TAKE_PTR(topology);
    return 0;
}

int topology_parse_policies(const char *name, const char *text, size_t length, struct policies *out)
{
    _cleanup_document_ struct document *d = NULL;
    _cleanup_spec_ struct spec *spec = NULL;
    struct topology read = {0};
    struct build b = {.topology = &read};
    int r = read_spec(&spec_policies_schema, name, text, length, &d, &spec);

    if (r < 0)
        return r;
    b.document = d;
    b.spec = spec;
    r = build_policies(&b);
    if (r < 0)
        policies_clear(&read.policies);
    else
        *out = read.policies;
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
        free(t->pods[i].more);
        free(t->pods[i].listeners);
        free(t->pods[i].services);
    }
    for (size_t i = 0; i < t->n_services; i++) {
        free(t->services[i].name);
        free(t->services[i].more);
        free(t->services[i].endpoints);
    }
    policies_clear(&t->policies);
    for (size_t i = 0; i < t->n_maps; i++)
        free(t->maps[i].name);
    for (size_t i = 0; i < t->n_settings; i++)
        free(t->settings[i].text);
    free(t->settings);
    free(t->frontends);
    free(t->nodes);
    free(t->pods);
    free(t->services);
    free(t->maps);
    free(t->text);
    free(t->file);
    free(t);
}
