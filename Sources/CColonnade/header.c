/* SPDX-License-Identifier: Apache-2.0 */

/* A target of C needs one source file; this one proves that the header stands alone. */
#include "colonnade.h"
