/* SPDX-License-Identifier: Apache-2.0 */

/* The table of the operations of `colonnade_apply`, for programs that check or generate calls of it.
 *
 * All rows and texts are valid until the program ends. */
#ifndef COLONNADE_OPERATIONS_H
#define COLONNADE_OPERATIONS_H

#include "colonnade.h"

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-extension"
#pragma clang assume_nonnull begin
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The purposes of functions among the arguments of an operation: the values that they get, and the values that they put. */
enum {
    COLONNADE_MAKES_VALUES = 1, /* `rows` gets the values of `keys`, and puts those of `fields` */
    COLONNADE_MAKES_SAMPLES,    /* `rows` gets the values of all keys, and puts those of `fields` */
    COLONNADE_DECIDES,          /* `rows` gets the values of all keys, and puts one bool, as field 0 */
    COLONNADE_UNPACKS,          /* `rows` gets bytes and the name of their file, and puts bytes, as field 0 */
    COLONNADE_MAKES_BUFFERS,    /* `buffer` gets a buffer, and returns another */
};

/* One argument of an operation in the table of operations. */
typedef struct colonnade_parameter {
    const char *name;
    int32_t kind;         /* COLONNADE_INTEGER or a constant that follows it */
    const char *kind_name; /* such as "integer" or "data type" */
    int32_t function;     /* COLONNADE_MAKES_VALUES or a constant that follows it; 0 for other kinds */
    const char *COLONNADE_NULLABLE fallback; /* the default as JSON; NULL if the argument must be given */
} colonnade_parameter;

/* A row of the table of operations. Two rows have the same name if buffers and streams have different arguments. */
typedef struct colonnade_operation {
    const char *name;
    const char *topic;
    const char *summary;
    bool is_of_buffers;
    bool is_of_streams;
    const colonnade_parameter *COLONNADE_NULLABLE parameters;
    size_t parameter_count;
} colonnade_operation;

/* Returns the row at an index, counted from 0; NULL if the index is out of range. */
const colonnade_operation *COLONNADE_NULLABLE colonnade_operation_at(size_t index);
/* Returns the row of the operation that `colonnade_apply` would apply to a pipeline; NULL if there is none with that name. */
const colonnade_operation *COLONNADE_NULLABLE colonnade_find_operation(const colonnade_pipeline *pipeline, const char *name);
/* Returns the whole table as Markdown, which is docs/c-operations.md. The caller frees it with `colonnade_free`. */
char *colonnade_operations_document(void);

/* Returns the names of the regular files in a tar archive as a buffer of samples with the key "file". With `is_nested`, members whose
 * name ends in .tar are listed as folders. The operation read_from_tar reads the contents of such files. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_files_of_tar(const char *path, bool is_nested, colonnade_error *COLONNADE_NULLABLE error);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#pragma clang diagnostic pop
#endif

#endif
