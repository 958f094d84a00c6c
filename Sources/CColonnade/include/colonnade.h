/* SPDX-License-Identifier: Apache-2.0
 *
 * Colonnade for C, and for the languages that speak C.
 *
 * Conventions
 * - A function that can fail takes a `colonnade_error *`, which may be NULL, and returns NULL or a negative number then. The error
 *   is the caller's memory, and is written only on failure.
 * - Pipelines, passes and writers are opaque. Who gets one, owns it, and gives it back with the function named in its comment; NULL
 *   may be given back. A pipeline never changes: every operation gives a new one. Any number of threads may use one pipeline or one
 *   pass at once; a writer is for one thread at a time.
 * - Texts are UTF-8 that ends with a zero. Texts that are given out are the caller's, to be given to `colonnade_free`, unless the
 *   comment says otherwise.
 * - Shapes count elements, in row-major order; elements are little-endian, and lie one behind the other.
 * - A structure begins with its size where it may grow: set it to `sizeof` of what you compiled with.
 * - Whoever calls a function of an `abi` number that it was not compiled for, is told so by `colonnade_abi_version`. Within one
 *   number functions are only added.
 *
 * A file summed up, without its errors:
 *
 *     colonnade_pipeline *rows = colonnade_open("points.colonnade", COLONNADE_CHECK_AUTOMATIC, NULL);
 *     colonnade_tensor tensor;
 *     for (int64_t row = 0; row < colonnade_count(rows); row++) {
 *         colonnade_get(rows, row, &tensor, NULL);      // one tensor for each field
 *         sum += *(const float *)tensor.data;
 *         colonnade_release(tensor.owner);
 *     }
 *     colonnade_release(rows);
 */
#ifndef COLONNADE_H
#define COLONNADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#define COLONNADE_NULLABLE _Nullable
#define COLONNADE_NONNULL _Nonnull
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-extension"
#pragma clang assume_nonnull begin
#else
#define COLONNADE_NULLABLE
#define COLONNADE_NONNULL
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define COLONNADE_ABI_VERSION 1
#define COLONNADE_MAX_RANK 32

/* --- Versions and errors --- */

/* The number of this interface that the library has: compare it with COLONNADE_ABI_VERSION. */
uint32_t colonnade_abi_version(void);
/* Has each thread that waits for a pipe or a device ask, about 20 times a second, whether to stop; also each thread that makes a
 * large batch, settles types or checks a file, once in some megabytes. If `should_stop` gives anything but 0, the call fails as
 * cancelled. */
void colonnade_ask_while_waiting(int32_t (*should_stop)(void));
/* Of the library, such as "0.1.0". Lives for ever. */
const char *colonnade_version(void);

/* What went wrong; the numbers stay. */
enum {
    COLONNADE_FILE_NOT_FOUND = 1,
    COLONNADE_FILE_EXISTS = 2,
    COLONNADE_CORRUPT_FILE = 3,   /* not a Colonnade file, or damaged */
    COLONNADE_UNSUPPORTED = 4,    /* a version or feature that this build does not know */
    COLONNADE_INVALID_SOURCE = 5, /* values of a source do not fit */
    COLONNADE_UNKNOWN_KEY = 6,
    COLONNADE_INVALID_ARGUMENT = 7,
    COLONNADE_OUT_OF_RANGE = 8,
    COLONNADE_SYSTEM = 9, /* the operating system refused */
    COLONNADE_CANCELLED = 10,
    COLONNADE_USER_FUNCTION = 11, /* a function that was given failed */
    COLONNADE_OUT_OF_MEMORY = 12, /* there is no memory for as much as was asked for */
};

typedef struct colonnade_error {
    int32_t code;
    /* Of the sample, from 0, where it is known; else -1. Functions that are given and fail set it to the index of the sample in the call. */
    int64_t row;
    /* What a function that was given stored here when it failed, so that the caller finds out what it was. */
    void *COLONNADE_NULLABLE cause;
    /* Cut where it is longer. */
    char key[256];
    char message[4096];
} colonnade_error;

/* Gives back a pipeline, a pass, a writer, or the owner of a tensor. A pass that is given back stops its threads. */
void colonnade_release(void *COLONNADE_NULLABLE object);
/* One more owner of such an object. */
void *colonnade_retain(void *object);
/* Gives back a text. */
void colonnade_free(char *COLONNADE_NULLABLE text);

/* --- Words --- */

/* Types of elements; the numbers are those of the file format. */
enum {
    COLONNADE_UINT8 = 1, COLONNADE_INT8, COLONNADE_UINT16, COLONNADE_INT16, COLONNADE_UINT32, COLONNADE_INT32,
    COLONNADE_UINT64, COLONNADE_INT64, COLONNADE_FLOAT16, COLONNADE_BFLOAT16, COLONNADE_FLOAT32, COLONNADE_FLOAT64,
    COLONNADE_BOOL,
};

/* Elements in memory that `owner` keeps. Who is given one owns the owner, unless the comment says otherwise. */
typedef struct colonnade_tensor {
    int32_t dtype;
    int32_t rank;
    int64_t shape[COLONNADE_MAX_RANK];
    void *COLONNADE_NULLABLE data;
    size_t byte_count;
    void *COLONNADE_NULLABLE owner;
    /* Whether the memory is nobody else's, so that it may be written to. */
    bool is_own;
} colonnade_tensor;

enum { COLONNADE_KIND_TENSOR = 0, COLONNADE_KIND_BYTES = 1, COLONNADE_KIND_STRING = 2 };

/* A key of samples, or a column. What it points to lives as long as the pipeline that it was asked of. */
typedef struct colonnade_field {
    const char *COLONNADE_NULLABLE name;
    int32_t kind;
    int32_t dtype;
    int32_t rank;
    /* -1 for a dimension that varies. */
    int64_t shape[COLONNADE_MAX_RANK];
    /* The names of classes, if the values are such; else NULL. */
    const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE labels;
    size_t label_count;
    /* If the values are whole encoded files, such as "image/png"; else NULL. */
    const char *COLONNADE_NULLABLE media_type;
    /* If the values count a unit of time, such as "timestamp[us, UTC]" or "date[d]"; else NULL. */
    const char *COLONNADE_NULLABLE time;
} colonnade_field;

/* --- Pipelines: buffers and streams --- */

typedef struct colonnade_pipeline colonnade_pipeline;
typedef struct colonnade_pass colonnade_pass;
typedef struct colonnade_writer colonnade_writer;

enum {
    COLONNADE_CHECK_METADATA = 0,       /* opening checks the metadata, and nothing checks the rows */
    COLONNADE_CHECK_ON_FIRST_TOUCH = 1, /* each block is checked against its checksum when it is first read */
    /* Each block of a file that fits in half of the memory is checked once: damage is an error with the next batch after a thread
     * finds it, and before the first epoch ends. Of a larger file, blocks are checked where rows come in file order. */
    COLONNADE_CHECK_AUTOMATIC = 2,
    COLONNADE_CHECK_FULL = 3, /* opening checks all blocks */
    /* Added to one of these: batches that would be read-only views of the file are copied, so that the caller may write to each. */
    COLONNADE_COPY = 16,
};

/* The rows of a file, as a buffer. The file is mapped, and with COLONNADE_CHECK_FULL read; else none of its rows are: O(columns). */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_open(const char *path, int32_t check, colonnade_error *COLONNADE_NULLABLE error);

/* A column in memory, which is not copied. */
typedef struct colonnade_column {
    /* Name, kind and dtype; and the shape of a row. */
    colonnade_field field;
    /* All rows in one piece; or NULL, and then `rows`. */
    void *COLONNADE_NULLABLE data;
    /* Where each row begins; and its shape, `rank` numbers a row, or NULL where all have the shape of the field. */
    void *COLONNADE_NULLABLE const *COLONNADE_NULLABLE rows;
    const int64_t *COLONNADE_NULLABLE shapes;
} colonnade_column;

/* `count` samples in memory, as a buffer. `release(owner)` is called, by any thread, once when nothing refers to the memory any
 * more; also if this fails. `rows` and `shapes` are not needed behind the call. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_from_columns(
    const colonnade_column *COLONNADE_NULLABLE columns, size_t column_count, int64_t count, void *COLONNADE_NULLABLE owner,
    void (*release)(void *COLONNADE_NULLABLE owner),
    colonnade_error *COLONNADE_NULLABLE error);

/* Where a function puts what it makes: the memory for the value of a field of a sample, to be filled before the function returns.
 * NULL, with an error, for another data type or number of dimensions than the field was said to have. */
typedef struct colonnade_results colonnade_results;
void *COLONNADE_NULLABLE colonnade_put(
    colonnade_results *results, int64_t row, size_t field, int32_t dtype, int32_t rank,
    const int64_t *COLONNADE_NULLABLE shape,
    colonnade_error *COLONNADE_NULLABLE error);

/* Which row of the source, in which epoch, a sample is that a function gets: for random numbers that depend on both. Of a batch, that
 * of its first sample. Known to functions of the operation "map" with the argument "identified". */
void colonnade_identity(const colonnade_results *results, int64_t row, int64_t *number, int64_t *epoch);

/* Samples that a program makes, from front to back. */
typedef struct colonnade_source {
    void *COLONNADE_NULLABLE context;
    /* Begins a pass; NULL on failure. */
    void *COLONNADE_NULLABLE (*COLONNADE_NONNULL begin)(void *COLONNADE_NULLABLE context, int64_t epoch, colonnade_error *COLONNADE_NULLABLE error);
    /* Puts the next sample, as row 0, and gives 1; 0 at the end, -1 on failure, behind which it is asked again. */
    int32_t (*next)(void *COLONNADE_NULLABLE pass, colonnade_results *results, colonnade_error *COLONNADE_NULLABLE error);
    void (*end)(void *COLONNADE_NULLABLE pass);
    /* Called once, by any thread, when nothing refers to the source any more; also if making the stream fails. */
    void (*release)(void *COLONNADE_NULLABLE context);
} colonnade_source;

/* A stream of those samples, which have these fields. `label` says what it is, in messages. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_from_source(
    const colonnade_source *source, const colonnade_field *COLONNADE_NULLABLE fields, size_t field_count, const char *label,
    colonnade_error *COLONNADE_NULLABLE error);

/* The records of a CSV file as a stream of bytes; of the file at `path`, or if that is NULL of `size` bytes, which `path_or_name`
 * names in messages and which are copied. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_csv(
    const char *COLONNADE_NULLABLE path, const void *COLONNADE_NULLABLE bytes, size_t size, const char *name, const char *separator, const char *quote,
    colonnade_error *COLONNADE_NULLABLE error);
/* Lines, the same way. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_lines(
    const char *COLONNADE_NULLABLE path, const void *COLONNADE_NULLABLE bytes, size_t size, const char *name, const char *key, colonnade_error *COLONNADE_NULLABLE error);

/* Samples or batches; -1 where only reading them tells. O(1). */
int64_t colonnade_count(const colonnade_pipeline *pipeline);
bool colonnade_is_stream(const colonnade_pipeline *pipeline);
bool colonnade_is_batched(const colonnade_pipeline *pipeline);
size_t colonnade_field_count(const colonnade_pipeline *pipeline);
/* The field of that index, which traps if there is none. */
const colonnade_field *colonnade_field_at(const colonnade_pipeline *pipeline, size_t index);
/* What is going to be done, for people: steps, what is fused, what runs user code, bytes copied for a sample. */
char *colonnade_explain(const colonnade_pipeline *pipeline);
/* 0; or -1, if a file that the samples are in was truncated, or overwritten in place, since it was opened, if its disk failed, or if
 * a damaged block was found. Called after values of a batch that is a view of a file were used, it tells whether they were the
 * file's. */
int32_t colonnade_check_intact(const colonnade_pipeline *pipeline, colonnade_error *COLONNADE_NULLABLE error);
/* What the file's maker stored beside the rows: key, value, key, value …, `count` texts in all, that live as long as the
 * pipeline; none unless it is a file as it was opened. */
const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE colonnade_metadata(const colonnade_pipeline *pipeline, size_t *count);

/* --- Operations --- */

/* Functions that operations call: by any thread, several at once. */
typedef struct colonnade_function {
    void *COLONNADE_NULLABLE context;
    /* Makes values of `count` samples. `inputs` has the values of the first key, one sample behind the other, then those of the
     * next; their owners are lent. -1 on failure, with the index of the sample in `error->row`. */
    int32_t (*COLONNADE_NULLABLE rows)(
        void *COLONNADE_NULLABLE context, int64_t count, const colonnade_tensor *COLONNADE_NULLABLE inputs, size_t input_count, colonnade_results *results,
        colonnade_error *COLONNADE_NULLABLE error);
    /* Makes a buffer of another, for `buffered`; what is given is lent. NULL on failure. */
    colonnade_pipeline *COLONNADE_NULLABLE (*COLONNADE_NULLABLE buffer)(void *COLONNADE_NULLABLE context, colonnade_pipeline *given, colonnade_error *COLONNADE_NULLABLE error);
    void (*release)(void *COLONNADE_NULLABLE context);
} colonnade_function;

enum {
    COLONNADE_INTEGER = 1, /* `integers[0]` */
    COLONNADE_NUMBER,      /* `numbers[0]` */
    COLONNADE_TEXT,        /* `texts[0]` */
    COLONNADE_INTEGERS, COLONNADE_NUMBERS, COLONNADE_TEXTS,
    COLONNADE_PIPELINES,
    COLONNADE_KEYED_NUMBERS, /* `texts` are keys, `numbers` their values */
    COLONNADE_FUNCTION,
    COLONNADE_FIELDS,
    COLONNADE_KEYED_TEXTS, /* `texts` are key, value, key, value …: `count` of both together */
};

typedef struct colonnade_text {
    const char *bytes;
    size_t size;
} colonnade_text;

typedef struct colonnade_argument {
    const char *name;
    int32_t kind;
    size_t count;
    const int64_t *COLONNADE_NULLABLE integers;
    const double *COLONNADE_NULLABLE numbers;
    const colonnade_text *COLONNADE_NULLABLE texts;
    colonnade_pipeline *COLONNADE_NULLABLE const *COLONNADE_NULLABLE pipelines;
    const colonnade_function *COLONNADE_NULLABLE function;
    const colonnade_field *COLONNADE_NULLABLE fields;
} colonnade_argument;

/* The pipeline with one operation more, such as "batch" with the argument "size". docs/c-operations.md lists operations with their
 * arguments. What cannot be is an error here, and not when the pipeline runs: an unknown key, a cast that cannot be. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_apply(
    colonnade_pipeline *pipeline, const char *operation, const colonnade_argument *COLONNADE_NULLABLE arguments,
    size_t argument_count,
    colonnade_error *COLONNADE_NULLABLE error);

/* --- Reading --- */

/* The sample or batch at a position of a buffer, in the order of epoch 0: one tensor for each field. 0, or -1 on failure. */
int32_t colonnade_get(colonnade_pipeline *pipeline, int64_t position, colonnade_tensor *COLONNADE_NULLABLE tensors, colonnade_error *COLONNADE_NULLABLE error);

/* One pass over a buffer or a stream, from the front, or from a position that another pass over the same gave. */
colonnade_pass *COLONNADE_NULLABLE colonnade_begin(
    colonnade_pipeline *pipeline, int64_t epoch, const char *COLONNADE_NULLABLE position, colonnade_error *COLONNADE_NULLABLE error);
/* The next sample or batch: 1, with one tensor for each field; 0 at the end and from then on; -1 on failure, behind which it goes
 * on. Waits if it is not ready. */
int32_t colonnade_next(colonnade_pass *pass, colonnade_tensor *COLONNADE_NULLABLE tensors, colonnade_error *COLONNADE_NULLABLE error);
/* The same for callers that look after signals: gives 2 if others make the sample and it did not come within so many seconds, or if
 * this thread was told to stop while it made the sample. The next call gives that sample. */
int32_t colonnade_next_within(
    colonnade_pass *pass, double seconds, colonnade_tensor *COLONNADE_NULLABLE tensors,
    colonnade_error *COLONNADE_NULLABLE error);
/* The first samples that a pass over epoch 0 would give, up to `limit`, until one of them is no error: 1, or 0 if there is none, or
 * -1 if all of these failed. Made by the calling thread alone. */
int32_t colonnade_first(
    colonnade_pipeline *pipeline, int64_t limit, colonnade_tensor *COLONNADE_NULLABLE tensors,
    colonnade_error *COLONNADE_NULLABLE error);
/* Where the pass is, as one line of text, whatever is prefetched. */
char *COLONNADE_NULLABLE colonnade_position(colonnade_pass *pass, colonnade_error *COLONNADE_NULLABLE error);
/* The position of a pass over that epoch that has had so many samples of all ranks together. */
char *COLONNADE_NULLABLE colonnade_position_after(colonnade_pipeline *pipeline, int64_t epoch, int64_t samples, colonnade_error *COLONNADE_NULLABLE error);
/* Ends the pass: `colonnade_next` gives 0 from now on, also to a thread that waits in it. Does not wait for functions that run. */
void colonnade_stop(colonnade_pass *pass);

typedef struct colonnade_pass_statistics {
    size_t size; /* of this structure: set it */
    int64_t items;
    double seconds;
    /* How often the consumer came before its item was ready, and how long it waited then. */
    int64_t waits;
    double waited_seconds;
    int64_t depth;
    int64_t threads;
} colonnade_pass_statistics;
/* How the pass goes; its whole report, with the costs of each part and what to change, in `report` unless that is NULL. */
void colonnade_get_statistics(colonnade_pass *pass, colonnade_pass_statistics *statistics, char *COLONNADE_NULLABLE *COLONNADE_NULLABLE report);

/* --- Writing --- */

typedef struct colonnade_writer_options {
    size_t size; /* of this structure: set it */
    bool is_replacing;
    bool is_appending;      /* to the file at the path; the fields have to be its own then, or none */
    bool is_ungrouped;      /* keeps every column apart */
    const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE metadata; /* key, value, key, value … */
    size_t metadata_count;       /* of texts */
    const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE codecs; /* column, codec, column, codec …: plain or zlib; * is all others */
    size_t codec_count;          /* of texts */
} colonnade_writer_options;

/* Begins a file. Nothing appears under the path before `colonnade_finish`. `options` may be NULL. */
colonnade_writer *COLONNADE_NULLABLE colonnade_create(
    const char *path, const colonnade_field *COLONNADE_NULLABLE fields, size_t field_count, const colonnade_writer_options *COLONNADE_NULLABLE options,
    colonnade_error *COLONNADE_NULLABLE error);
/* Adds `count` rows; one tensor for each field, with one dimension more in front where `is_stacked`, and that of one row else.
 * 0, or -1 on failure, after which the writer is good for nothing more. */
int32_t colonnade_append(
    colonnade_writer *writer, int64_t count, bool is_stacked, const colonnade_tensor *COLONNADE_NULLABLE tensors, colonnade_error *COLONNADE_NULLABLE error);
/* Publishes the file, and gives its rows; -1 on failure, and then there is no file, or the old one. A writer that is given back
 * without it leaves no trace. */
int64_t colonnade_finish(colonnade_writer *writer, colonnade_error *COLONNADE_NULLABLE error);
/* How many times the file of a writer that is finished was appended to, that writer included; 0 for a new file. */
int64_t colonnade_append_count(const colonnade_writer *writer);

/* Told how many rows and bytes of values are written; false stops the ingest. */
typedef bool (*colonnade_progress)(void *COLONNADE_NULLABLE context, int64_t rows, int64_t bytes);

/* Writes the rows of IDX, .npy, .npz, CSV, TSV and JSON Lines files into a new file at `path`, as `colonnade ingest` does, and gives
 * their number; -1 on failure. Files with the same columns are taken one after another; those with others and as many rows become
 * columns of the same rows. Options:
 * - sources: texts, the paths
 * - columns: texts, what is taken, in this order, each as `name` or `new=name`
 * - types, fills: keyed texts, such as "uint8[28,28]", and values for missing ones, by the column in the sources
 * - kind_fills: keyed texts, values for missing ones by kind, for columns without a fill: float, int, bool, str, bytes, time
 * - masks: integer, whether a bool column `NAME.valid` follows each column of text with a fill
 * - missing: texts that stand for missing values
 * - vectors: texts, for each tensor of neighbouring columns of CSV its name, its first and its last column
 * - delimiter, quote: texts of one character, an empty quote is none; escapes, header: integers
 * - label_columns, label_names: texts; label_counts: integers, how many of the names belong to each of the columns
 * - replacing, ungrouped: integers; metadata: keyed texts
 * - codecs: keyed texts, plain or zlib by column; * is all others */
int64_t colonnade_ingest_files(
    const char *path, const colonnade_argument *COLONNADE_NULLABLE options, size_t option_count,
    colonnade_progress COLONNADE_NULLABLE progress, void *COLONNADE_NULLABLE context, colonnade_error *COLONNADE_NULLABLE error);

/* --- Arrow --- */

struct ArrowArrayStream;

/* Writes what comes out of a stream of Arrow's C stream interface into a new file at `path`, and gives its rows; -1 on failure. Takes
 * over the stream, which is marked as released whether this succeeds or not. Options:
 * - name: text, what messages call the stream
 * - columns: texts, what is taken, in this order, each as `name` or `new=name`
 * - fills, media: keyed texts, values for missing ones by column, and media types, where an empty one is found out
 * - shapes: keyed texts, such as "28,28" or "?,4", of columns whose lists all have that shape; ? is any size
 * - decoded: texts, columns of dictionary-encoded text that become strings; decode_all: integer
 * - keep_class_names: integer, 1 unless said; replacing, ungrouped: integers; metadata: keyed texts
 * - codecs: keyed texts, plain or zlib by column; * is all others
 * docs/arrow.md says what becomes of which type. */
int64_t colonnade_ingest_arrow(
    struct ArrowArrayStream *stream, const char *path, const colonnade_argument *COLONNADE_NULLABLE options, size_t option_count,
    colonnade_progress COLONNADE_NULLABLE progress, void *COLONNADE_NULLABLE context, colonnade_error *COLONNADE_NULLABLE error);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#pragma clang diagnostic pop
#endif

#endif
