// SPDX-License-Identifier: Apache-2.0
// The structures are a contract between libraries that were compiled apart, so their layout is pinned.

#include "carrow.h"

#include <stddef.h>

#define WORD sizeof(void *)

#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(struct ArrowSchema) == 9 * WORD, "ArrowSchema has nine words");
_Static_assert(offsetof(struct ArrowSchema, release) == 7 * WORD, "the eighth of ArrowSchema releases it");
_Static_assert(sizeof(struct ArrowArray) == 10 * WORD, "ArrowArray has ten words");
_Static_assert(offsetof(struct ArrowArray, release) == 8 * WORD, "the ninth of ArrowArray releases it");
_Static_assert(sizeof(struct ArrowArrayStream) == 5 * WORD, "ArrowArrayStream has five words");
#endif

// A translation unit is not empty.
typedef struct ArrowArrayStream colonnade_arrow_stream;
