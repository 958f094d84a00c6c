// SPDX-License-Identifier: Apache-2.0

#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

// Returns the number of allocations of this process on all threads; -1 if they cannot be counted.
long allocation_count(void);

#endif
