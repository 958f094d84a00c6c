// SPDX-License-Identifier: Apache-2.0
// The loops that C does better than Swift: checksums, conversions, sums. Each picks the best instructions of the CPU it
// runs on, once; no build flag is needed.

#ifndef COLONNADE_KERNELS_H
#define COLONNADE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// CRC-32C (Castagnoli) of `length` bytes, going on from `crc` (0 to begin).
uint32_t colonnade_crc32c(uint32_t crc, const void *_Nonnull bytes, size_t length);

// The same without special instructions, so that tests can compare the two.
uint32_t colonnade_crc32c_portable(uint32_t crc, const void *_Nonnull bytes, size_t length);

// What a run of elements is like. `minimum` and `maximum` are the bits of an int64_t, uint64_t or double, after the type's
// class; elements that are NaN or infinite are only counted.
struct colonnade_statistics {
    uint64_t non_finite;
    uint64_t minimum;
    uint64_t maximum;
    double mean;
    double deviation;  // population standard deviation
};

// Of `count` elements of the data type with that number of the format; all zero if none is finite.
void colonnade_statistics(uint8_t dtype, const void *_Nonnull elements, size_t count,
                          struct colonnade_statistics *_Nonnull result);

// One column of rows that lie somewhere: `size` bytes at `offset` of each row go to `target`, one after another.
struct colonnade_member {
    void *_Nonnull target;
    size_t offset;
    size_t size;
};

// Copies `member_count` columns of `count` rows of `stride` bytes each. Requests the rows to come ahead of their use.
void colonnade_gather(const void *_Nonnull const *_Nonnull rows, size_t count, size_t stride,
                      const struct colonnade_member *_Nonnull members, size_t member_count);

// The opposite for one column: `count` elements of `size` bytes, one after another, go to `offset` of rows of `stride` bytes.
void colonnade_scatter(void *_Nonnull rows, size_t stride, size_t offset, size_t size, const void *_Nonnull source,
                       size_t count);

// Converts `count` elements from one data type to another, then multiplies by `scale` where the target is floating point.
// Integers are truncated to the target's bits, floating-point numbers towards zero and clamped to the target's range (NaN
// becomes 0), and anything but zero is true. `target` and `source` do not overlap.
void colonnade_convert(uint8_t target_dtype, void *_Nonnull target, uint8_t source_dtype, const void *_Nonnull source,
                       size_t count, double scale);

// The sum of `count` elements, as a double.
double colonnade_sum(uint8_t dtype, const void *_Nonnull elements, size_t count);

// The network of the row order for `count` rows: see formats/row-order-1.md, section 5.
struct colonnade_order {
    uint64_t keys[8];
    uint64_t count;
    uint64_t low_bits;
    uint64_t high_bits;
};

// The rows at `count` positions from `start` on, which are below the order's count.
void colonnade_order_rows(const struct colonnade_order *_Nonnull order, uint64_t start, size_t count,
                          int64_t *_Nonnull rows);

// Asks the system to begin writing these bytes of a file to the disk. A hint; Swift does not see the call it makes.
void colonnade_begin_writeback(int descriptor, int64_t offset, int64_t count);

#endif
