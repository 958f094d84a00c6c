// SPDX-License-Identifier: Apache-2.0
// The instruction sets between which the kernels select.

#ifndef COLONNADE_CPU_H
#define COLONNADE_CPU_H

// In ascending order: on one kind of CPU, each level includes those before it.
enum cpu_level {
    CPU_PORTABLE = 1,
    CPU_NEON,    // with the CRC instructions, which are optional in ARMv8.0
    CPU_SSE4,    // SSE4.2
    CPU_AVX2,    // with F16C
    CPU_AVX512,  // F, BW, DQ and VL
};

// Returns the level of the kernels that run: the best one of this CPU, or the one that COLONNADE_CPU names. The CPU and
// the variable are asked once.
enum cpu_level colonnade_cpu_level(void);

// A second-level cache of at most this size holds few batches beside the rows that are requested.
#define SMALL_LEVEL2 (512 << 10)

#endif
