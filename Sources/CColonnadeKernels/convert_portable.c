// SPDX-License-Identifier: Apache-2.0
// The loops for any CPU; on arm64 those with its vectors, which every one has.

#define TARGET
#define FIND colonnade_find_loop_portable
#include "convert_loops.h"
