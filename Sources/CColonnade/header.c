/* SPDX-License-Identifier: Apache-2.0 */

/* A C target needs a source file. This one proves that the header can be included alone. */
#include "colonnade.h"
