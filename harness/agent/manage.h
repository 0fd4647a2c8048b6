/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control connects by which a pod is managed, as a CNI makes them (docs/contract.md, MG).
 */
#pragma once

#include "agent/request.h"

/* A non-blocking TCP connect to the command's address. It goes nowhere and is closed at once: the
 * programs have acted when the call returns. 0, or the negative errno of a connect that failed. */
int manage_connect(const struct manage_request *request);
