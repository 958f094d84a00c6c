/* SPDX-License-Identifier: Apache-2.0 */

/* Sums all elements of a column:
 *
 *     cc sum_column.c $(pkg-config --cflags --libs colonnade) -o sum_column
 *     ./sum_column points.colonnade x
 */

#include <colonnade.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void fail(const colonnade_error *error) {
    fprintf(stderr, "sum_column: %s (code %" PRId32 ")\n", error->message, error->code);
    exit(1);
}

static colonnade_text text(const char *bytes) { return (colonnade_text){.bytes = bytes, .size = strlen(bytes)}; }

/* The pipeline with one operation more. The one that was given is not needed any more. */
static colonnade_pipeline *apply(colonnade_pipeline *given, const char *operation, const colonnade_argument *arguments,
                                 size_t count) {
    colonnade_error error;
    colonnade_pipeline *result = colonnade_apply(given, operation, arguments, count, &error);
    if (result == NULL) fail(&error);
    colonnade_release(given);
    return result;
}

/* Batches of that column alone, as float64, which the core makes while it copies the rows. */
static colonnade_pipeline *batches_of(colonnade_pipeline *rows, const char *column) {
    colonnade_text key = text(column), float64 = text("float64");
    int64_t size = 1024;
    colonnade_argument select = {.name = "keys", .kind = COLONNADE_TEXTS, .count = 1, .texts = &key};
    colonnade_argument cast[] = {
        {.name = "key", .kind = COLONNADE_TEXT, .count = 1, .texts = &key},
        {.name = "dtype", .kind = COLONNADE_TEXT, .count = 1, .texts = &float64},
    };
    colonnade_argument batch = {.name = "size", .kind = COLONNADE_INTEGER, .count = 1, .integers = &size};
    rows = apply(rows, "select", &select, 1);
    rows = apply(rows, "cast", cast, 2);
    return apply(rows, "batch", &batch, 1); /* shorter rows than the longest are filled up with zeros */
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: sum_column FILE COLUMN\n");
        return 64;
    }
    colonnade_error error;
    colonnade_pipeline *rows = colonnade_open(argv[1], COLONNADE_CHECK_AUTOMATIC, &error);
    if (rows == NULL) fail(&error);
    int64_t count = colonnade_count(rows);

    colonnade_pipeline *batches = batches_of(rows, argv[2]);
    colonnade_pass *pass = colonnade_begin(batches, 0, NULL, &error);
    if (pass == NULL) fail(&error);

    double sum = 0;
    colonnade_tensor tensor; /* one, since one field was selected */
    int32_t got;
    while ((got = colonnade_next(pass, &tensor, &error)) == 1) {
        const double *values = tensor.data;
        for (size_t i = 0; i < tensor.byte_count / sizeof *values; i++) sum += values[i];
        colonnade_release(tensor.owner);
    }
    if (got < 0) fail(&error);

    printf("%" PRId64 " rows, %s sums up to %.17g\n", count, argv[2], sum);
    colonnade_release(pass);
    colonnade_release(batches);
    return 0;
}
