/* SPDX-License-Identifier: Apache-2.0 */

/* Versions of data sets of many files. */
#ifndef COLONNADE_VERSIONS_H
#define COLONNADE_VERSIONS_H

#include "colonnade.h"

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-extension"
#pragma clang assume_nonnull begin
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Opens a version of a data set of many files, which is a folder. `colonnade_open` opens the newest one.
 * - version: the number of the version, from 1; 0 for the newest one, or for that of the tag
 * - tag: the name of a tag, or NULL */
colonnade_pipeline *COLONNADE_NULLABLE colonnade_open_version(
    const char *path, int32_t check, int64_t version, const char *COLONNADE_NULLABLE tag, colonnade_error *COLONNADE_NULLABLE error);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#pragma clang diagnostic pop
#endif

#endif
