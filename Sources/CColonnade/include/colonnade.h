/* SPDX-License-Identifier: Apache-2.0 */

/* Colonnade for C, and for everything that can call C. */

#ifndef COLONNADE_H
#define COLONNADE_H

#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. The library answers with its own in colonnade_abi_version; they must be equal. */
#define COLONNADE_ABI_VERSION 1u

uint32_t colonnade_abi_version(void);

/* The release as text, such as "0.1.0". It lives as long as the process. */
const char *colonnade_version(void);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
