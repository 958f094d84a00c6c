/* SPDX-License-Identifier: Apache-2.0 */

/* Plans as text: a pipeline is written down, and made again from the text, also in another process.
 *
 * The text is one JSON object. Each of its steps is a source, or an operation of docs/c-operations.md with its arguments:
 *
 *     {"version":1,"steps":[{"open":{"path":"/data/a.colonnade","verify":"auto","copy":false,"identity":"4f2a0001000002c0"}},
 *                           {"shuffle":{"seed":7}},{"batch":{"size":32}}]}
 *
 * docs/plans.md describes the format. */
#ifndef COLONNADE_PLANS_H
#define COLONNADE_PLANS_H

#include "colonnade.h"

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-extension"
#pragma clang assume_nonnull begin
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Objects of the program that a plan needs and text cannot hold. */
enum {
    COLONNADE_OBJECT_FUNCTION = 1, /* the `context` of a `colonnade_function` */
    COLONNADE_OBJECT_SOURCE,       /* the `context` of a `colonnade_source` */
    COLONNADE_OBJECT_SAMPLES,      /* a pipeline of samples in memory, which `colonnade_retain` keeps */
};

/* Receives the objects of a plan in the order of their numbers, which count from 0. */
typedef void (*colonnade_keep)(void *COLONNADE_NULLABLE context, int32_t kind, void *COLONNADE_NULLABLE object);

/* Returns the plan of a pipeline as text. Returns NULL, with an error that names the step, if a step needs an object of the program
 * and `keep` is NULL. With `keep`, the text has the numbers of these objects, and `keep` receives them. O(length of the text). */
char *COLONNADE_NULLABLE colonnade_plan(
    const colonnade_pipeline *pipeline, colonnade_keep COLONNADE_NULLABLE keep, void *COLONNADE_NULLABLE context,
    colonnade_error *COLONNADE_NULLABLE error);

/* Makes the pipeline of a step that needs an object: applies `operation` to `given`, or makes the source if `given` is NULL. Must not
 * release `given`. `arguments` is a JSON object without the function. Returns NULL on failure. */
typedef colonnade_pipeline *COLONNADE_NULLABLE (*colonnade_make)(
    void *COLONNADE_NULLABLE context, size_t object, colonnade_pipeline *COLONNADE_NULLABLE given, const char *operation,
    const char *arguments, colonnade_error *error);

/* Returns the pipeline of a plan, which need not come from a trusted source: any text gives a pipeline or an error. But the plan
 * opens the files that it names. Fails with COLONNADE_INVALID_ARGUMENT if a file at a path is not the one of the plan. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_from_plan(
    const char *text, size_t size, colonnade_make COLONNADE_NULLABLE make, void *COLONNADE_NULLABLE context,
    colonnade_error *COLONNADE_NULLABLE error);

/* Returns the number of operations that were applied to `earlier` to make `pipeline`; -1 if it was not made from it. O(operations). */
int64_t colonnade_operations_since(const colonnade_pipeline *earlier, const colonnade_pipeline *pipeline);
/* Returns the pipeline to which the last `count` operations of `pipeline` were applied, made again in this process. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_before(
    const colonnade_pipeline *pipeline, int64_t count, colonnade_error *COLONNADE_NULLABLE error);
/* Returns `onto` with the last `count` operations of `pipeline` applied to it. */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_reapply(
    const colonnade_pipeline *pipeline, int64_t count, colonnade_pipeline *onto, colonnade_error *COLONNADE_NULLABLE error);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#pragma clang diagnostic pop
#endif

#endif
