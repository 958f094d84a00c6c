// SPDX-License-Identifier: Apache-2.0
// The loops that C does better than Swift: checksums, conversions, sums. Each picks the best instructions of the CPU it
// runs on, once; no build flag is needed. And what runs in a signal handler, where Swift must not.

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

// What becomes of elements on their way: a cast, then a product and a sum. `source` and `target` are data types by their
// numbers in the format.
//
// The cast: integers are truncated to the target's bits, floating-point numbers towards zero and clamped to the target's
// range (NaN becomes 0), anything but zero is true, and a floating-point target gets the nearest number. Halves are rounded
// from the nearest float, except that a double which is only cast is rounded once.
//
// Then value × scale[c] + offset[c], where c = (index in the row / inner) % channels. `channels` is 0 for the cast alone,
// as it always is where the target is an integer or a bool. A target of float64 is computed in double, from the wide
// tables; the others in float, and halves are rounded at the end. With no offsets nothing is added. The product
// is rounded before the sum, so that every CPU gives the same bits (but for those of a NaN).
struct colonnade_conversion {
    uint8_t source;
    uint8_t target;
    size_t channels;
    size_t inner;
    const float *_Nullable scales;
    const float *_Nullable offsets;
    const double *_Nullable wide_scales;
    const double *_Nullable wide_offsets;
};

// Converts the elements of one row, which may lie at any address. `target` and `source` do not overlap.
void colonnade_convert_elements(const struct colonnade_conversion *_Nonnull conversion, void *_Nonnull target,
                                const void *_Nonnull source, size_t elements);

// The same without special instructions, so that tests can compare the two.
void colonnade_convert_elements_portable(const struct colonnade_conversion *_Nonnull conversion, void *_Nonnull target,
                                         const void *_Nonnull source, size_t elements);

// The sum of `count` elements, as a double.
double colonnade_sum(uint8_t dtype, const void *_Nonnull elements, size_t count);

// Rows in segments of 2^exponent rows each; only the last segment of a run may have fewer.
struct colonnade_run {
    int64_t first_row;
    int64_t row_count;
    size_t exponent;
    size_t first_segment;
};

// All runs of a data set, in row order. The first begins at row 0, and no rows are missing between them.
//
// Rows are divided into buckets of 2^shift rows, so that the run of a row is found without a search through all runs:
// `buckets[b]` is the last run that begins at or before the first row of bucket b, and one more bucket follows the last one.
struct colonnade_runs {
    const struct colonnade_run *_Nonnull runs;
    const uint32_t *_Nonnull buckets;
    unsigned shift;
};

// The run that a row is in. O(log(runs in the row's bucket)).
static inline const struct colonnade_run *_Nonnull colonnade_run_of(const struct colonnade_runs *_Nonnull all, int64_t row) {
    const uint32_t *bucket = all->buckets + ((uint64_t)row >> all->shift);
    uint32_t low = bucket[0], high = bucket[1];
    while (__builtin_expect(low < high, 0)) {
        uint32_t middle = high - (high - low) / 2;
        if (all->runs[middle].first_row <= row) low = middle;
        else high = middle - 1;
    }
    return &all->runs[low];
}

// Where rows of `stride` bytes are.
struct colonnade_rows {
    struct colonnade_runs runs;
    const void *_Nonnull const *_Nonnull segments;  // where the rows of each segment begin
    size_t stride;
};

// One column of rows: `size` bytes at `offset` of each row, which are `elements` elements to be converted; or, without a
// conversion, to be copied. Rows go to `target` one after another.
struct colonnade_member {
    void *_Nonnull target;
    size_t offset;
    size_t elements;
    const struct colonnade_conversion *_Nullable conversion;
    size_t size;
};

// Copies `member_count` columns of `count` rows. Row numbers are trusted. `rows` has `known` numbers: those past `count`
// are of rows that a later call will copy, and are only requested from memory, so that it is as busy at the end of this
// batch as in its middle. Who tells them once is taken to do so always: the first rows of a batch are requested only where
// `known` is `count`.
void colonnade_gather(const struct colonnade_rows *_Nonnull where, const int64_t *_Nonnull rows, size_t count,
                      size_t known, const struct colonnade_member *_Nonnull members, size_t member_count);

// Copies members that lie side by side in rows, of one size that is 4 or 8 bytes and without conversions, to their columns:
// what begins at each of these rows goes to the elements from number `at` on.
void colonnade_spread(const void *_Nonnull const *_Nonnull rows, size_t count,
                      const struct colonnade_member *_Nonnull members, size_t member_count, size_t at);

// The same without special instructions, so that tests can compare the two.
void colonnade_spread_portable(const void *_Nonnull const *_Nonnull rows, size_t count,
                               const struct colonnade_member *_Nonnull members, size_t member_count, size_t at);

// The opposite for one column: `count` elements of `size` bytes, one after another, go to `offset` of rows of `stride` bytes.
void colonnade_scatter(void *_Nonnull rows, size_t stride, size_t offset, size_t size, const void *_Nonnull source,
                       size_t count);

// A row of variable length: its entry in the table of ends, and the values of its segment.
struct colonnade_end {
    const uint64_t *_Nonnull end;  // little-endian
    const uint8_t *_Nonnull values;
    uint64_t length;    // bytes of values
    uint64_t is_first;  // whether it begins at 0, and no end stands before its own
};

// The bytes of one row.
struct colonnade_span {
    const void *_Nonnull start;
    size_t bytes;
};

// Finds rows by their ends. Returns the number of the first row that is not 0 <= start <= end <= length, whole steps of
// `step_bytes` and at most `limit` bytes, or `count`. `longest` becomes the bytes of the longest row before it.
size_t colonnade_find_spans(const struct colonnade_end *_Nonnull ends, size_t count, size_t step_bytes, size_t limit,
                            struct colonnade_span *_Nonnull spans, size_t *_Nonnull longest);

// Copies `count` rows of the `known` ones to `target`, one every `row_elements` elements of `target_size` bytes, converted if
// asked for; none is longer than that. What is left of each is filled with `padding`, one element, or with zero bytes. The
// rows after them are copied next, and are requested ahead.
void colonnade_gather_spans(const struct colonnade_span *_Nonnull spans, size_t count, size_t known,
                            const struct colonnade_conversion *_Nullable conversion, size_t source_size,
                            size_t row_elements, void *_Nonnull target, const void *_Nullable padding,
                            size_t target_size);

// `count` elements of `size` bytes, which is 1, 2, 4 or 8, all of them like `element`.
void colonnade_fill(void *_Nonnull target, size_t count, const void *_Nonnull element, size_t size);

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

// Reads a byte every `step` bytes, so that the pages there are mapped.
void colonnade_touch(const void *_Nonnull bytes, size_t count, size_t step);

// Asks the system to begin writing these bytes of a file to the disk. A hint; Swift does not see the call it makes.
void colonnade_begin_writeback(int descriptor, int64_t offset, int64_t count);

// Guards a mapping of a file, for reading: should the file turn out not to have a page of it any more, the rest of the
// mapping becomes zeros and is damaged, where else SIGBUS would end the process. The first call installs a handler for
// SIGBUS, which hands on what is not about such mappings to the one that was there before. Returns the number of the guard;
// -1 if there is no memory for one, and then the mapping is as it is without one.
int colonnade_guard_mapping(const void *_Nonnull start, size_t length);

// Puts the handler for SIGBUS over one that another library installed since, such as Python's faulthandler, which gets what
// is not about guarded mappings. One call of the system. Until then, the other one is called first; if it raises the signal
// again, as faulthandler does, a truncated file is still found.
void colonnade_keep_guard(void);

// Ends that, before the mapping is unmapped. Nothing for -1.
void colonnade_release_mapping(int number);

// Whether the bytes read from the mapping until now may have been zeros instead of the file's. One or two loads.
int colonnade_is_mapping_damaged(int number);

// Whether that is so of any mapping that was ever guarded. One load.
int colonnade_has_damaged_mappings(void);

// Whether a bit of an array is set. Any number of threads may ask and set at once; what was written before a bit was set is seen
// by a thread that finds it set.
static inline int colonnade_is_bit_set(const uint64_t *_Nonnull bits, size_t index) {
    return (int)(__atomic_load_n(&bits[index / 64], __ATOMIC_ACQUIRE) >> (index % 64) & 1);
}

static inline void colonnade_set_bit(uint64_t *_Nonnull bits, size_t index) {
    __atomic_fetch_or(&bits[index / 64], (uint64_t)1 << (index % 64), __ATOMIC_RELEASE);
}

// Has a descriptor closed in each child that this process forks. Returns a number for `colonnade_keep_in_children`, which is
// called before the descriptor is closed; -1 where too many descriptors are, and then children keep it.
int32_t colonnade_close_in_children(int descriptor);
void colonnade_keep_in_children(int32_t number);

// How many forks lie between the process that first asked and this one. A few loads.
uint64_t colonnade_fork_count(void);

// Whether a file has an access list beside its permissions. Only Linux is asked.
int colonnade_has_access_list(int descriptor);

// The arguments that the process was started with, its own name first. None where the C library does not tell.
int colonnade_argument_count(void);
const char *_Nullable colonnade_argument(int index);

#endif
