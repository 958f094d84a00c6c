/* SPDX-License-Identifier: Apache-2.0 */

/* What every file of the extension begins with: Python's stable interface of 3.11, and Colonnade's. */

#ifndef COLONNADE_CORE_H
#define COLONNADE_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "colonnade.h"

#endif
