// SPDX-License-Identifier: Apache-2.0

#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

// How often this process asked for memory, on all its threads; -1 where that cannot be counted.
long allocation_count(void);

#endif
