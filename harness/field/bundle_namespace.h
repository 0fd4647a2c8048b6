/* SPDX-License-Identifier: Apache-2.0 */
/* The network namespaces that a bundle's node had. */
#pragma once

#include <jansson.h>

#include "bundle/bundle.h"

/* The namespace of that name, or that has the address, either may be NULL; NULL when the bundle
 * does not know. Of several with one address (a pod that is gone, containers within a pod) the
 * enrolled one counts. */
const json_t *bundle_namespace(const struct bundle *bundle, const char *key, const char *address);
