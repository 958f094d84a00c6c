// SPDX-License-Identifier: Apache-2.0
// Checks the layout of Arrow's structures, which is a contract between libraries that were compiled separately.

#include "carrow.h"

#include <stddef.h>

#define WORD sizeof(void *)

#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(struct ArrowSchema) == 9 * WORD, "ArrowSchema has nine words");
_Static_assert(offsetof(struct ArrowSchema, release) == 7 * WORD, "the eighth word of ArrowSchema is release");
_Static_assert(sizeof(struct ArrowArray) == 10 * WORD, "ArrowArray has ten words");
_Static_assert(offsetof(struct ArrowArray, release) == 8 * WORD, "the ninth word of ArrowArray is release");
_Static_assert(sizeof(struct ArrowArrayStream) == 5 * WORD, "ArrowArrayStream has five words");
#endif

// ISO C forbids an empty translation unit.
typedef struct ArrowArrayStream colonnade_arrow_stream;
