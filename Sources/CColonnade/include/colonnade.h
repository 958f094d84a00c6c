/* SPDX-License-Identifier: Apache-2.0
 *
 * Colonnade for C, and for languages that can call C.
 *
 * Conventions
 * - A function that can fail takes a `colonnade_error *`, which may be NULL. On failure it returns NULL or a negative number. The
 *   error is memory of the caller, and is written only on failure.
 * - Pipelines, passes and writers are opaque. The caller owns each one that it receives, and releases it with `colonnade_release`,
 *   which also accepts NULL. A pipeline never changes: every operation returns a new one. Any number of threads may use one pipeline
 *   or one pass at once; only one thread at a time may use a writer.
 * - Texts are UTF-8 and end with a zero byte. The caller frees a returned text with `colonnade_free`, unless the comment differs.
 * - Shapes count elements, in row-major order; elements are little-endian and contiguous.
 * - A structure that may grow begins with its size: set it to the `sizeof` of the structure that you compiled with.
 * - Compare `colonnade_abi_version()` with COLONNADE_ABI_VERSION before any other call. Releases with the same number only add
 *   functions.
 *
 * Example: the sum over all rows of a file, without error handling:
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

/* Returns the version of this interface that the library implements: compare it with COLONNADE_ABI_VERSION. */
uint32_t colonnade_abi_version(void);
/* Sets a function that long calls ask whether to stop: about 20 times a second while they wait for a pipe or a device, and every few
 * megabytes while they make a large batch, infer types or check a file. Unless it returns 0, the call fails with COLONNADE_CANCELLED. */
void colonnade_ask_while_waiting(int32_t (*should_stop)(void));
void colonnade_end_idle_threads(void); /* ends threads that wait two seconds for another pass: for programs that are about to fork */
/* Returns the version of the library, such as "1.2.3". The text is never freed. */
const char *colonnade_version(void);

/* Error codes; the numbers never change. */
enum {
    COLONNADE_FILE_NOT_FOUND = 1,
    COLONNADE_FILE_EXISTS = 2,
    COLONNADE_CORRUPT_FILE = 3,   /* not a Colonnade file, or damaged */
    COLONNADE_UNSUPPORTED = 4,    /* a version or feature that this build does not know */
    COLONNADE_INVALID_SOURCE = 5, /* a source has values that do not fit */
    COLONNADE_UNKNOWN_KEY = 6,
    COLONNADE_INVALID_ARGUMENT = 7,
    COLONNADE_OUT_OF_RANGE = 8,
    COLONNADE_SYSTEM = 9, /* the operating system refused */
    COLONNADE_CANCELLED = 10,
    COLONNADE_USER_FUNCTION = 11, /* a function of the caller failed */
    COLONNADE_OUT_OF_MEMORY = 12, /* an allocation of the requested size failed */
};

typedef struct colonnade_error {
    int32_t code;
    /* The index of the sample; -1 if it is unknown. A function of the caller that fails sets it to the index within the call. */
    int64_t row;
    /* A pointer that a failing function of the caller stored here, so that the caller can identify the failure. */
    void *COLONNADE_NULLABLE cause;
    /* Longer texts are truncated. */
    char key[256];
    char message[4096];
} colonnade_error;

/* Releases a pipeline, a pass, a writer, or the owner of a tensor. Releasing a pass stops its threads. */
void colonnade_release(void *COLONNADE_NULLABLE object);
/* Adds a reference to an object that `colonnade_release` accepts. Each reference needs one `colonnade_release`. */
void *colonnade_retain(void *object);
/* Frees a text that another function returned. */
void colonnade_free(char *COLONNADE_NULLABLE text);

/* --- Data types and fields --- */

/* Data types of elements, with the numbers of the file format. */
enum {
    COLONNADE_UINT8 = 1, COLONNADE_INT8, COLONNADE_UINT16, COLONNADE_INT16, COLONNADE_UINT32, COLONNADE_INT32,
    COLONNADE_UINT64, COLONNADE_INT64, COLONNADE_FLOAT16, COLONNADE_BFLOAT16, COLONNADE_FLOAT32, COLONNADE_FLOAT64,
    COLONNADE_BOOL,
};

/* Elements in memory that `owner` keeps alive. The receiver of a tensor releases `owner`, unless the comment says otherwise. */
typedef struct colonnade_tensor {
    int32_t dtype;
    int32_t rank;
    int64_t shape[COLONNADE_MAX_RANK];
    void *COLONNADE_NULLABLE data;
    size_t byte_count;
    void *COLONNADE_NULLABLE owner;
    /* Whether nothing else uses the memory, so that the caller may write to it. */
    bool is_own;
} colonnade_tensor;

enum { COLONNADE_KIND_TENSOR = 0, COLONNADE_KIND_BYTES = 1, COLONNADE_KIND_STRING = 2 };

/* A key of samples, or a column. Its pointers are valid as long as the pipeline that returned it. */
typedef struct colonnade_field {
    const char *COLONNADE_NULLABLE name;
    int32_t kind;
    int32_t dtype;
    int32_t rank;
    /* -1 for a dimension that varies. */
    int64_t shape[COLONNADE_MAX_RANK];
    /* The class names, if the values are class numbers; else NULL. */
    const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE labels;
    size_t label_count;
    /* A media type such as "image/png", if the values are complete encoded files; else NULL. */
    const char *COLONNADE_NULLABLE media_type;
    /* A time type such as "timestamp[us, UTC]" or "date[d]", if the values count a unit of time; else NULL. */
    const char *COLONNADE_NULLABLE time;
} colonnade_field;

/* --- Pipelines: buffers and streams --- */

typedef struct colonnade_pipeline colonnade_pipeline;
typedef struct colonnade_pass colonnade_pass;
typedef struct colonnade_writer colonnade_writer;

enum {
    COLONNADE_CHECK_METADATA = 0,       /* opening checks the metadata, and nothing checks the rows */
    COLONNADE_CHECK_ON_FIRST_TOUCH = 1, /* each block is checked against its checksum when it is first read */
    /* Checks each block once, if the file fits in half of the memory: damage becomes an error with the next batch after a thread
     * finds it, and before the first epoch ends. In a larger file, blocks are checked only where rows are read in file order. */
    COLONNADE_CHECK_AUTOMATIC = 2,
    COLONNADE_CHECK_FULL = 3, /* opening checks all blocks */
    /* A flag to add to one of the checks: copies batches that would be read-only views of the file, so that they are writable. */
    COLONNADE_COPY = 16,
};

/* Opens a file, or a data set of many files, and returns its rows as a buffer. Files are mapped. Only COLONNADE_CHECK_FULL reads rows; otherwise O(columns). */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_open(const char *path, int32_t check, colonnade_error *COLONNADE_NULLABLE error);

/* A column in the caller's memory, which is not copied. */
typedef struct colonnade_column {
    /* Name, kind, dtype, and the shape of a row. */
    colonnade_field field;
    /* All rows in contiguous memory; NULL if `rows` is used. */
    void *COLONNADE_NULLABLE data;
    /* The address of each row; and its shape, `rank` numbers per row, or NULL if all rows have the shape of the field. */
    void *COLONNADE_NULLABLE const *COLONNADE_NULLABLE rows;
    const int64_t *COLONNADE_NULLABLE shapes;
} colonnade_column;

/* Returns a buffer of `count` samples in the caller's memory. `release(owner)` is called once, by any thread, when nothing refers to
 * the memory any more; also if this function fails. `rows` and `shapes` are not used after the call. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_from_columns(
    const colonnade_column *COLONNADE_NULLABLE columns, size_t column_count, int64_t count, void *COLONNADE_NULLABLE owner,
    void (*release)(void *COLONNADE_NULLABLE owner),
    colonnade_error *COLONNADE_NULLABLE error);

/* The results of a function of the caller. `colonnade_put` returns the memory for the value of one field of one sample; the function
 * must fill it before it returns. Returns NULL, with an error, if the data type or the number of dimensions is not the declared one. */
typedef struct colonnade_results colonnade_results;
void *COLONNADE_NULLABLE colonnade_put(
    colonnade_results *results, int64_t row, size_t field, int32_t dtype, int32_t rank,
    const int64_t *COLONNADE_NULLABLE shape, colonnade_error *COLONNADE_NULLABLE error);

/* Tells a function of the caller the row in the source and the epoch of a sample, for random numbers that depend on both. For a
 * batch, they are those of its first sample. Only functions of the operation "map" with the argument "identified" may call it. */
void colonnade_identity(const colonnade_results *results, int64_t row, int64_t *number, int64_t *epoch);

/* A source of samples that the caller's program makes one after another. */
typedef struct colonnade_source {
    void *COLONNADE_NULLABLE context;
    /* Begins a pass. Returns NULL on failure. */
    void *COLONNADE_NULLABLE (*COLONNADE_NONNULL begin)(void *COLONNADE_NULLABLE context, int64_t epoch, colonnade_error *COLONNADE_NULLABLE error);
    /* Puts the next sample as row 0 and returns 1; returns 0 at the end, and -1 on failure, after which it is called again. */
    int32_t (*next)(void *COLONNADE_NULLABLE pass, colonnade_results *results, colonnade_error *COLONNADE_NULLABLE error);
    void (*end)(void *COLONNADE_NULLABLE pass);
    /* Called once, by any thread, when nothing refers to the source any more, or if making the stream fails. */
    void (*release)(void *COLONNADE_NULLABLE context);
} colonnade_source;

/* Returns a stream of the samples of a source, which have the given fields. Messages call the source `label`. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_from_source(
    const colonnade_source *source, const colonnade_field *COLONNADE_NULLABLE fields, size_t field_count, const char *label,
    colonnade_error *COLONNADE_NULLABLE error);

/* Returns the records of a CSV file as a stream of samples of bytes. The records come from the file at `path`; or, if that is NULL,
 * from `size` bytes at `bytes`, which are copied and which messages call `name`. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_csv(
    const char *COLONNADE_NULLABLE path, const void *COLONNADE_NULLABLE bytes, size_t size, const char *name, const char *separator, const char *quote,
    colonnade_error *COLONNADE_NULLABLE error);
/* Returns the lines of a text file, or of bytes, as a stream of samples with one key. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_lines(
    const char *COLONNADE_NULLABLE path, const void *COLONNADE_NULLABLE bytes, size_t size, const char *name, const char *key, colonnade_error *COLONNADE_NULLABLE error);

/* Returns the number of samples or batches; -1 if it is known only after reading them. O(1). */
int64_t colonnade_count(const colonnade_pipeline *pipeline);
bool colonnade_is_stream(const colonnade_pipeline *pipeline);
bool colonnade_is_batched(const colonnade_pipeline *pipeline);
size_t colonnade_field_count(const colonnade_pipeline *pipeline);
/* Returns a field by its index; traps if the index is out of range. */
const colonnade_field *colonnade_field_at(const colonnade_pipeline *pipeline, size_t index);
/* Returns a description for people: the steps, which of them are fused, which run user code, and bytes copied per sample.
 * colonnade_plans.h has the plan as a text from which another process makes the pipeline again. */
char *colonnade_explain(const colonnade_pipeline *pipeline);
/* Returns 0; or -1 if a file of the samples was truncated or overwritten in place after it was opened, if its disk failed, or if a
 * damaged block was found. Call it after using a batch that is a view of a file, to learn whether its values were those of the
 * file. */
int32_t colonnade_check_intact(const colonnade_pipeline *pipeline, colonnade_error *COLONNADE_NULLABLE error);
/* Returns the metadata of a file: key, value, key, value …, `count` texts in total, which live as long as the pipeline. A pipeline
 * that `colonnade_open` did not return has none. */
const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE colonnade_metadata(const colonnade_pipeline *pipeline, size_t *count);

/* --- Operations --- */

/* A function of the caller that an operation calls; several threads may call it at once. */
typedef struct colonnade_function {
    void *COLONNADE_NULLABLE context;
    /* Makes values for `count` samples. `inputs` has the values of the first key for all samples, then those of the next key. The
     * function must not release their owners. Returns -1 on failure, with the index of the sample in `error->row`. */
    int32_t (*COLONNADE_NULLABLE rows)(
        void *COLONNADE_NULLABLE context, int64_t count, const colonnade_tensor *COLONNADE_NULLABLE inputs, size_t input_count, colonnade_results *results,
        colonnade_error *COLONNADE_NULLABLE error);
    /* Makes a buffer from another one, for the operation "buffered"; must not release `given`. Returns NULL on failure. */
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
    COLONNADE_KEYED_TEXTS, /* `texts` are key, value, key, value …; `count` counts both */
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

/* Returns the pipeline with one more operation, such as "batch" with the argument "size". docs/c-operations.md lists all operations
 * and their arguments, and colonnade_operations.h has them for programs. Unknown keys and impossible casts are errors of this call. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_apply(
    colonnade_pipeline *pipeline, const char *operation, const colonnade_argument *COLONNADE_NULLABLE arguments,
    size_t argument_count,
    colonnade_error *COLONNADE_NULLABLE error);

/* --- Reading --- */

/* Reads the sample or batch at an index of a buffer, in the order of epoch 0: one tensor per field. Returns 0, or -1 on failure. */
int32_t colonnade_get(colonnade_pipeline *pipeline, int64_t position, colonnade_tensor *COLONNADE_NULLABLE tensors, colonnade_error *COLONNADE_NULLABLE error);

/* Begins a pass over a buffer or a stream, from its first sample or from a position of another pass over the same pipeline. */
colonnade_pass *COLONNADE_NULLABLE colonnade_begin(
    colonnade_pipeline *pipeline, int64_t epoch, const char *COLONNADE_NULLABLE position, colonnade_error *COLONNADE_NULLABLE error);
/* Reads the next sample or batch. Returns 1 with one tensor per field; 0 at the end and after it; -1 on failure, after which the
 * next call continues with the following sample. Waits if the sample is not ready. */
int32_t colonnade_next(colonnade_pass *pass, colonnade_tensor *COLONNADE_NULLABLE tensors, colonnade_error *COLONNADE_NULLABLE error);
/* Reads the next sample or batch as `colonnade_next` does, for callers that handle signals. Returns 2 if other threads make the
 * sample and did not finish within `seconds`, or if this thread was asked to stop while it made the sample. The next call then
 * returns that sample. */
int32_t colonnade_next_within(
    colonnade_pass *pass, double seconds, colonnade_tensor *COLONNADE_NULLABLE tensors, colonnade_error *COLONNADE_NULLABLE error);
/* Reads the next sample or batch as `colonnade_next` does if it is ready, at once, for callers that hold a lock. Returns 2 otherwise,
 * and also at the end: then call `colonnade_next` or `colonnade_next_within`. */
int32_t colonnade_next_if_ready(colonnade_pass *pass, colonnade_tensor *COLONNADE_NULLABLE tensors, colonnade_error *COLONNADE_NULLABLE error);
/* Reads the first sample of epoch 0 that can be made, and tries up to `limit` samples. Returns 1; 0 if there are no samples; -1 if
 * all of the tried samples failed. Starts no threads. */
int32_t colonnade_first(
    colonnade_pipeline *pipeline, int64_t limit, colonnade_tensor *COLONNADE_NULLABLE tensors, colonnade_error *COLONNADE_NULLABLE error);
/* Returns the position of the pass, which is after the last sample that the caller received, as one line of text. */
char *COLONNADE_NULLABLE colonnade_position(colonnade_pass *pass, colonnade_error *COLONNADE_NULLABLE error);
/* Returns the position of a pass over an epoch after `samples` samples, counted over all ranks. */
char *COLONNADE_NULLABLE colonnade_position_after(colonnade_pipeline *pipeline, int64_t epoch, int64_t samples, colonnade_error *COLONNADE_NULLABLE error);
/* Ends the pass: `colonnade_next` returns 0 from now on, also in a thread that waits in it. Does not wait for running functions. */
void colonnade_stop(colonnade_pass *pass);

typedef struct colonnade_pass_statistics {
    size_t size; /* of this structure: set it */
    int64_t items;
    double seconds;
    /* The number of times that the consumer had to wait for an item, and the total time that it waited. */
    int64_t waits;
    double waited_seconds;
    int64_t depth;
    int64_t threads;
} colonnade_pass_statistics;
/* Returns the statistics of the pass. Unless `report` is NULL, it receives a text with the cost of each step and advice. */
void colonnade_get_statistics(colonnade_pass *pass, colonnade_pass_statistics *statistics, char *COLONNADE_NULLABLE *COLONNADE_NULLABLE report);

/* --- Writing --- */

typedef struct colonnade_writer_options {
    size_t size; /* of this structure: set it */
    bool is_replacing;
    bool is_appending;      /* appends to the file at the path; the fields must then be those of the file, or none */
    bool is_ungrouped;      /* stores every column by itself */
    const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE metadata; /* key, value, key, value … */
    size_t metadata_count;       /* number of texts */
    const char *COLONNADE_NULLABLE const *COLONNADE_NULLABLE codecs; /* column, codec, column, codec …: plain, zstd, lz4 or zlib, perhaps with a level as in zstd:9; * means all other columns */
    size_t codec_count;          /* number of texts */
} colonnade_writer_options;

/* Begins a file. `path` does not change before `colonnade_finish`. `options` may be NULL. */
colonnade_writer *COLONNADE_NULLABLE colonnade_create(
    const char *path, const colonnade_field *COLONNADE_NULLABLE fields, size_t field_count, const colonnade_writer_options *COLONNADE_NULLABLE options,
    colonnade_error *COLONNADE_NULLABLE error);
/* Appends `count` rows: one tensor per field, which with `is_stacked` has a leading dimension of `count`, and without it is the value of
 * one row. The memory must not change during the call. Returns 0, or -1 on failure, after which the writer can only be released. */
int32_t colonnade_append(
    colonnade_writer *writer, int64_t count, bool is_stacked, const colonnade_tensor *COLONNADE_NULLABLE tensors, colonnade_error *COLONNADE_NULLABLE error);
/* Publishes the file and returns its row count; returns -1 on failure, and then `path` is unchanged. A writer that is released
 * without this call leaves no file. */
int64_t colonnade_finish(colonnade_writer *writer, colonnade_error *COLONNADE_NULLABLE error);
/* Returns how many times the file was appended to, this finished writer included; 0 for a new file. */
int64_t colonnade_append_count(const colonnade_writer *writer);

/* Receives the number of rows and bytes written; returns false to stop the ingest. */
typedef bool (*colonnade_progress)(void *COLONNADE_NULLABLE context, int64_t rows, int64_t bytes);

/* Writes the rows of sources into a new file at `path`, as `colonnade ingest` does. Returns the number of rows; -1 on failure. Files
 * with the same columns are joined; files with other columns and as many rows become further columns of the same rows. Options:
 * - sources: texts, the paths of files and folders; columns: texts, the columns to write, each as `name` or `new=name`
 * - types, fills: keyed texts, such as "uint8[28,28]", and values for missing ones, by the column in the sources
 * - kind_fills: keyed texts, values for missing ones by kind, for columns without a fill: float, int, bool, str, bytes, time
 * - masks: integer, whether a bool column `NAME.valid` follows each column of text with a fill
 * - missing: texts that stand for missing values; vectors: texts, three for each tensor of neighbouring CSV columns: its name, its first
 *   and its last column
 * - delimiter, quote: texts of one character, where an empty quote means none; escapes, header: integers; label_columns,
 *   label_names: texts; label_counts: integers, the number of names of each column
 * - images: keyed texts, the storage of pictures by column, as the command takes it; image_root: text, the folder of COCO's
 *   pictures; audio_info: integer, whether columns with the length, channels and rate follow those of sound; skip_bad: integer, whether bad files are left out; then `skipped` receives a text that lists some, or NULL
 * - replacing, ungrouped: integers; metadata: keyed texts; codecs: keyed texts, by column; * means all other columns; job, task, tasks: see colonnade_versions.h */
int64_t colonnade_ingest_files(
    const char *path, const colonnade_argument *COLONNADE_NULLABLE options, size_t option_count,
    colonnade_progress COLONNADE_NULLABLE progress, void *COLONNADE_NULLABLE context,
    char *COLONNADE_NULLABLE *COLONNADE_NULLABLE skipped, colonnade_error *COLONNADE_NULLABLE error);

/* --- Arrow --- */

struct ArrowArrayStream;

/* Writes the rows of a stream of Arrow's C stream interface into a new file at `path` and returns their number; -1 on failure. Takes
 * ownership of the stream, which is marked as released in both cases. Options:
 * - name: text, the name of the stream in messages
 * - columns: texts, the columns to write, in this order, each as `name` or `new=name`
 * - fills, media: keyed texts by column: values for missing ones, and media types, where an empty one is inferred
 * - shapes: keyed texts, such as "28,28" or "?,4", for columns whose lists all have that shape; ? is any size
 * - decoded: texts, columns of dictionary-encoded text that become strings; decode_all: integer
 * - keep_class_names: integer, 1 by default; replacing, ungrouped: integers; metadata, codecs: keyed texts, as for files
 * - job: text, task, tasks: integers, for a task as in `colonnade_write_fragment`; sources: text, it is an error if it is finished with another
 * docs/arrow.md lists the Arrow types and the columns that they become. */
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
