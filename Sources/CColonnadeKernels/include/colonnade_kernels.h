// SPDX-License-Identifier: Apache-2.0
// Kernels: checksums, conversions, sums and copies whose loops are faster in C than in Swift, and code for signal
// handlers, where Swift must not run. Kernels select the best instructions of the CPU, or those that the environment
// variable COLONNADE_CPU names; no build flag is needed.

#ifndef COLONNADE_KERNELS_H
#define COLONNADE_KERNELS_H

#include "colonnade_pictures.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Returns the name of the instructions that the kernels use: avx512, avx2, sse4, neon or portable. COLONNADE_CPU selects
// another one of them that the CPU has. Another value of the variable is reported on standard error, once.
const char *_Nonnull colonnade_cpu_name(void);

// Returns the bytes of the second-level cache of a core; 0 if the system does not say. The system is asked once.
size_t colonnade_level2_bytes(void);

// Returns the CRC-32C (Castagnoli) of `length` bytes, continuing from `crc` (0 to begin).
uint32_t colonnade_crc32c(uint32_t crc, const void *_Nonnull bytes, size_t length);

// Computes `colonnade_crc32c` without special instructions, so that tests can compare the two.
uint32_t colonnade_crc32c_portable(uint32_t crc, const void *_Nonnull bytes, size_t length);

// Starts the program of this process once more, with other arguments, the last of which is NULL. What it writes to standard output is
// dropped. Returns 0 and the number of the process, or the number of an error.
int colonnade_start_again(char *_Nullable const *_Nonnull arguments, int *_Nonnull process);

// Makes the system end this process when the thread ends that started it; on macOS it has no effect.
void colonnade_end_with_parent(void);

// Statistics of consecutive elements. `minimum` and `maximum` are the bits of an int64_t, uint64_t or double, depending
// on the class of the data type. NaN and infinite elements are counted, and otherwise ignored.
struct colonnade_statistics {
    uint64_t non_finite;
    uint64_t minimum;
    uint64_t maximum;
    double mean;
    double deviation;  // population standard deviation
};

// Computes the statistics of `count` elements of a data type, given by its number in the format; all zero if no element
// is finite.
void colonnade_statistics(uint8_t dtype, const void *_Nonnull elements, size_t count,
                          struct colonnade_statistics *_Nonnull result);

// A conversion of elements: a cast, then a product and a sum. `source` and `target` are data types by their numbers in
// the format.
//
// The cast: integers are truncated to the target's bits, floating-point numbers towards zero and clamped to the
// target's range (NaN becomes 0), anything but zero is true, and a floating-point target gets the nearest number.
// Halves are rounded from the nearest float, except that a double which is only cast is rounded once.
//
// After it: value × scale[c] + offset[c], where c = (index in the row / inner) % channels. `channels` is 0 for a cast
// alone, as it always is where the target is an integer or a bool. A target of float64 is computed in double, from the
// wide tables; other targets in float, and halves are rounded at the end. Without offsets nothing is added. The product
// is rounded before the sum, so that every CPU gives the same bits (except those of a NaN).
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

// Converts the elements of one row, at any alignment. `target` and `source` must not overlap.
void colonnade_convert_elements(const struct colonnade_conversion *_Nonnull conversion, void *_Nonnull target,
                                const void *_Nonnull source, size_t elements);

// Converts as `colonnade_convert_elements` does, without special instructions, so that tests can compare the two.
void colonnade_convert_elements_portable(const struct colonnade_conversion *_Nonnull conversion, void *_Nonnull target,
                                         const void *_Nonnull source, size_t elements);

// Returns the sum of `count` elements, as a double.
double colonnade_sum(uint8_t dtype, const void *_Nonnull elements, size_t count);

// A run: rows in segments of 2^exponent rows each; only its last segment may have fewer.
struct colonnade_run {
    int64_t first_row;
    int64_t row_count;
    uint32_t first_segment;
    uint8_t exponent;
};

// All runs of a data set, in row order. The first begins at row 0, and there are no gaps between them.
//
// Rows are divided into buckets of 2^shift rows, so that the run of a row is found without a search through all runs:
// `buckets[b]` is the last run that begins at or before the first row of bucket b, and one more bucket follows the last
// one.
//
// If there are several runs and each is one segment, two more tables find rows with fewer loads. `bounds[b]` has the run of
// `buckets[b]` in its lower half. Its upper half is the number of rows of bucket b before the next run, 2^shift if none begins
// there, or UINT32_MAX if several do. `first_rows` has the first row of each run. Otherwise both are NULL.
struct colonnade_runs {
    const struct colonnade_run *_Nonnull runs;
    const uint32_t *_Nonnull buckets;
    unsigned shift;
    const uint64_t *_Nullable bounds;
    const int64_t *_Nullable first_rows;
};

// Returns the run of a row. O(log(runs in the row's bucket)).
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

// The addresses of rows. Runs of files whose rows have other sizes have strides of their own.
struct colonnade_rows {
    struct colonnade_runs runs;
    const void *_Nonnull const *_Nonnull segments;  // the address of the first row of each segment
    size_t stride;                                  // bytes from the start of a row to the start of the next one
    const size_t *_Nullable strides;                // the stride of each run; NULL if all runs have `stride`
};

// One column of rows: `size` bytes at `offset` of each row, which hold `elements` elements. They are converted, or
// without a conversion copied, to consecutive rows at `target`; the rows of the next batch go to `step` bytes after that.
struct colonnade_member {
    void *_Nonnull target;
    size_t step;
    size_t offset;
    size_t elements;
    const struct colonnade_conversion *_Nullable conversion;
    size_t size;
};

// Columns that are read in one pass over their rows.
struct colonnade_group {
    struct colonnade_rows where;
    struct colonnade_member *_Nonnull members;
    size_t member_count;
};

// Copies the columns of all groups: `count` rows in batches of `batch`, at least 1, of which the last may be smaller. Row numbers are
// not checked. `rows` has `known` numbers: those from `count` on are rows that a later call will copy, and this call only
// prefetches them, so that memory is as busy at the end of the last batch as in its middle. `continues`: the previous call
// had these rows as its following rows, so that their first rows are prefetched already. The targets of
// the members are advanced by `step` for each batch.
void colonnade_gather(const struct colonnade_group *_Nonnull groups, size_t group_count, const int64_t *_Nonnull rows,
                      size_t count, size_t known, size_t batch, bool continues);

// Copies adjacent members of rows, all of 4 or all of 8 bytes and without conversions, to their columns: the values of
// these rows become the elements from index `at` on.
void colonnade_spread(const void *_Nonnull const *_Nonnull rows, size_t count,
                      const struct colonnade_member *_Nonnull members, size_t member_count, size_t at);

// Copies as `colonnade_spread` does, without special instructions, so that tests can compare the two.
void colonnade_spread_portable(const void *_Nonnull const *_Nonnull rows, size_t count,
                               const struct colonnade_member *_Nonnull members, size_t member_count, size_t at);

// Copies one column into rows: `count` consecutive elements of `size` bytes go to `offset` of rows of `stride` bytes.
void colonnade_scatter(void *_Nonnull rows, size_t stride, size_t offset, size_t size, const void *_Nonnull source,
                       size_t count);

// A ragged row: its entry in the table of ends, and the values of its segment.
struct colonnade_end {
    const uint64_t *_Nonnull end;  // little-endian
    const uint8_t *_Nonnull values;
    uint64_t length;    // bytes of values
    uint64_t is_first;  // whether the row begins at 0, since its end is the first of the table
};

// The bytes of one ragged row.
struct colonnade_span {
    const void *_Nonnull start;
    size_t bytes;
};

// Finds rows by their ends. Returns the index of the first row that breaks a rule, or `count`. The rules: 0 <= start <=
// end <= length, the size is a multiple of `step_bytes`, and it is at most `limit` bytes. `longest` receives the size
// in bytes of the longest row before that index.
size_t colonnade_find_spans(const struct colonnade_end *_Nonnull ends, size_t count, size_t step_bytes, size_t limit,
                            struct colonnade_span *_Nonnull spans, size_t *_Nonnull longest);

// Copies or converts the first `count` of `known` rows to `target`, one every `row_elements` elements of `target_size`
// bytes; no row may be longer. The rest of each row is filled with the element `padding`, or with zero bytes. The rows
// after `count`, which a later call copies, are prefetched.
void colonnade_gather_spans(const struct colonnade_span *_Nonnull spans, size_t count, size_t known,
                            const struct colonnade_conversion *_Nullable conversion, size_t source_size,
                            size_t row_elements, void *_Nonnull target, const void *_Nullable padding,
                            size_t target_size);

// Texts without padding: their number and the length of each in bytes, as 64-bit integers, and then the texts. Each begins at
// a multiple of 8 bytes after the start of the memory, with zeros before it.

// Returns the bytes of texts without padding.
size_t colonnade_texts_size(const struct colonnade_span *_Nonnull spans, size_t count);

// Copies the first `count` of `known` texts to `target`, aligned to 8 bytes, and their lengths to `lengths`. The texts after
// `count`, which a later call copies, are prefetched. Returns the end of the texts, where those of a later call begin; NULL if
// one ends with the byte 255.
void *_Nullable colonnade_gather_texts(const struct colonnade_span *_Nonnull spans, size_t count, size_t known,
                                       int64_t *_Nonnull lengths, void *_Nonnull target);

// Fills `count` elements of `size` bytes, which is 1, 2, 4 or 8, with `element`.
void colonnade_fill(void *_Nonnull target, size_t count, const void *_Nonnull element, size_t size);

// The network of the row order for `count` rows, which are at most 2^63: see formats/row-order-1.md, section 5.
struct colonnade_order {
    uint32_t keys[8];
    uint64_t count;
    uint32_t low_bits;
    uint32_t columns;
};

// Computes the rows at `count` indexes from `start` on, which must be below the order's count.
void colonnade_order_rows(const struct colonnade_order *_Nonnull order, uint64_t start, size_t count,
                          int64_t *_Nonnull rows);

// Replaces `count` indexes, which must be below the order's count, by their rows.
void colonnade_order_map(const struct colonnade_order *_Nonnull order, int64_t *_Nonnull indexes, size_t count);

// A row order of any count: the network, or, if that has no columns, `network.count` numbers of a list of tables, from `table` on.
struct colonnade_permutation {
    struct colonnade_order network;
    size_t table;
};

// A divisor, and the highest 64-bit number divided by it, with which the kernel divides.
struct colonnade_divisor {
    uint64_t value;
    uint64_t reciprocal;
};

// The block order of `count` rows: see formats/row-order-2.md, whose names are in brackets.
struct colonnade_block_order {
    struct colonnade_permutation slots, blocks, rows, last_rows;
    uint64_t count;                     // [n]
    uint64_t rotation;
    uint64_t slot_key, row_key;
    uint64_t rounds, extra, step;       // [T, e, D]
    struct colonnade_divisor block_rows, open_blocks, lanes;  // [R, K, L]
};

// Replaces `count` indexes, which must be below the order's count, by their rows. `tables` has the tables of all permutations.
void colonnade_block_order_map(const struct colonnade_block_order *_Nonnull order, const uint16_t *_Nonnull tables,
                               int64_t *_Nonnull indexes, size_t count);

// Reads one byte every `step` bytes, so that the pages are mapped.
void colonnade_touch(const void *_Nonnull bytes, size_t count, size_t step);

// Asks the system to begin writing a range of bytes of a file to the disk. A hint. Swift does not import the system
// call.
void colonnade_begin_writeback(int descriptor, int64_t offset, int64_t count);

// Asks the system to remove a range of bytes of a file, which are on the disk, from memory. A hint.
void colonnade_release_pages(int descriptor, int64_t offset, int64_t count);

// Guards a read-only mapping of a file. If a page is read that the file no longer has, the rest of the mapping becomes
// zeros and is marked as damaged; without a guard, SIGBUS would end the process. The first call installs a handler for
// SIGBUS, which passes signals for other memory to the previous handler. Returns the number of the guard; -1 if there
// is no memory for one, and then the mapping is not guarded.
int colonnade_guard_mapping(const void *_Nonnull start, size_t length);

// Reinstalls the handler for SIGBUS over one that another library installed later, such as Python's faulthandler, which
// then receives the signals for other memory. One system call. Until then the other handler is called first; if it
// raises the signal again, as faulthandler does, a truncated file is still detected.
void colonnade_keep_guard(void);

// Ends a guard, before its mapping is unmapped. Does nothing for -1.
void colonnade_release_mapping(int number);

// Returns whether bytes read from the mapping so far may have been zeros instead of those of the file. One or two
// loads.
int colonnade_is_mapping_damaged(int number);

// Returns whether any mapping that was ever guarded is damaged. One load.
int colonnade_has_damaged_mappings(void);

// Returns whether a bit of an array is set. Any number of threads may read and set bits at once. A thread that finds a
// bit set sees all writes made before it was set.
static inline int colonnade_is_bit_set(const uint64_t *_Nonnull bits, size_t index) {
    return (int)(__atomic_load_n(&bits[index / 64], __ATOMIC_ACQUIRE) >> (index % 64) & 1);
}

static inline void colonnade_set_bit(uint64_t *_Nonnull bits, size_t index) {
    __atomic_fetch_or(&bits[index / 64], (uint64_t)1 << (index % 64), __ATOMIC_RELEASE);
}

// Closes a descriptor in each child that this process forks. Returns a number for `colonnade_keep_in_children`, which
// must be called before the descriptor is closed; -1 if too many descriptors are registered, and then children keep
// this one.
int32_t colonnade_close_in_children(int descriptor);
void colonnade_keep_in_children(int32_t number);

// Returns the number of forks between this process and the ancestor that first called this function. A few loads.
uint64_t colonnade_fork_count(void);

// Returns the number by which Linux identifies this thread; 0 on other systems.
int64_t colonnade_thread_number(void);

// Returns whether a file has an access control list in addition to its permissions; always false except on Linux.
int colonnade_has_access_list(int descriptor);

// Opens a file for reading without waiting, by a path that begins in a folder. Returns -1 with `errno` unless each part of the path is
// the name of a folder or file: it has no links, which may lead out of the folder even if another process makes them meanwhile, no
// `..` and no empty part.
int colonnade_open_inside(const char *_Nonnull folder, const char *_Nonnull path);


// Renames a file unless the target exists, in one step. Returns 0, or -1 with `errno`: EEXIST if it exists; ENOSYS, EINVAL or
// ENOTSUP if the system or the file system cannot do it.
int colonnade_rename_without_replacing(const char *_Nonnull source, const char *_Nonnull target);

// Exchanges the names of two files or folders, in one step. Returns 0, or -1 with `errno`, as the function above does.
int colonnade_exchange_names(const char *_Nonnull first, const char *_Nonnull second);

// Returns the arguments of the process, its name first; 0 or NULL if the C library does not pass them to constructors.
int colonnade_argument_count(void);
const char *_Nullable colonnade_argument(int index);

#endif
