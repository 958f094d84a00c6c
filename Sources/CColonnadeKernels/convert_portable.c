// SPDX-License-Identifier: Apache-2.0
// The loops for any CPU. On arm64 they use vector instructions, which every such CPU has.

#define TARGET
#define FIND colonnade_find_loop_portable
#include "convert_loops.h"
