/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership that is visible in one function: a local marked with one of these attributes is
 * released when it goes out of scope, unless TAKE_FD() or TAKE_PTR() handed it on before.
 */
#pragma once

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

#define TAKE_PTR(p)                                                                                \
    ({                                                                                             \
        __typeof__(p) *_pp = &(p);                                                                 \
        __typeof__(p) _p = *_pp;                                                                   \
        *_pp = NULL;                                                                               \
        _p;                                                                                        \
    })

#define TAKE_FD(fd)                                                                                \
    ({                                                                                             \
        int *_fdp = &(fd);                                                                         \
        int _fd = *_fdp;                                                                           \
        *_fdp = -1;                                                                                \
        _fd;                                                                                       \
    })

static inline void cleanup_free(void *p)
{
    free(*(void **)p);
}

static inline void cleanup_close(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void cleanup_fclose(FILE **f)
{
    if (*f)
        fclose(*f);
}

static inline void cleanup_closedir(DIR **d)
{
    if (*d)
        closedir(*d);
}

static inline void cleanup_json(json_t **j)
{
    json_decref(*j);
}

#define _cleanup_free_     _cleanup_(cleanup_free)
#define _cleanup_close_    _cleanup_(cleanup_close)
#define _cleanup_fclose_   _cleanup_(cleanup_fclose)
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)
#define _cleanup_json_     _cleanup_(cleanup_json)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
