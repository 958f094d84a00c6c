// SPDX-License-Identifier: Apache-2.0
// The loops of a change of size for any CPU. On arm64 they use vector instructions, which every such CPU has.

#define TARGET
#include "resize_loops.h"

const struct resize_loops colonnade_resize_loops_portable = {
    .across_bytes = {across_bytes_1, across_bytes_2, across_bytes_wide, across_bytes_wide},
    .across_floats = {across_floats_1, across_floats_2, across_floats_wide, across_floats_wide},
    .down_bytes = down_bytes,
    .down_floats = down_floats,
};
