/* SPDX-License-Identifier: Apache-2.0 */

/* A C target needs a source file. This one proves that the headers can be included alone. */
#include "colonnade_operations.h"
#include "colonnade_plans.h"
#include "colonnade_table.h"
#include "colonnade_text.h"
#include "colonnade_versions.h"
