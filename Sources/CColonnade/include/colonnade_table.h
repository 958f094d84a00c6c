/* SPDX-License-Identifier: Apache-2.0 */

/* Buffers as tables: columns in one piece of memory, and record batches of Arrow. */
#ifndef COLONNADE_TABLE_H
#define COLONNADE_TABLE_H

#include "colonnade.h"

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-extension"
#pragma clang assume_nonnull begin
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a column of a buffer: the values of the field at an index over all samples, in the order of epoch 0, with a new first
 * dimension. `stride` receives the distance in bytes between two values, which is larger than a value where the column shares rows of
 * the file with others. O(1) for a plain column of consecutive rows in one segment of a file: `data` is then in the file, and may be
 * unaligned. Fails for a field whose shape varies. Returns 0, or -1 on failure. */
int32_t colonnade_get_column(
    colonnade_pipeline *pipeline, size_t field, colonnade_tensor *tensor, int64_t *stride,
    colonnade_error *COLONNADE_NULLABLE error);

struct ArrowSchema;

/* Fills a stream of Arrow's C stream interface with the samples of a buffer, in the order of epoch 0, as record batches. The caller
 * releases the stream, which does not need the pipeline. Batches are lent without a copy where a file has the values as Arrow has
 * them. `requested` is a schema that the consumer asks for, or NULL: it must have the keys of the samples; its types are ignored. Fails
 * for streams, for buffers of batches, and for keys that have no type of Arrow. Returns 0, or -1 on failure, and then the stream is not
 * filled. */
int32_t colonnade_export_arrow(
    colonnade_pipeline *pipeline, const struct ArrowSchema *COLONNADE_NULLABLE requested, struct ArrowArrayStream *stream,
    colonnade_error *COLONNADE_NULLABLE error);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#pragma clang diagnostic pop
#endif

#endif
