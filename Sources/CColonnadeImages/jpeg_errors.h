// SPDX-License-Identifier: Apache-2.0
// Errors of libjpeg: the functions that it calls, without those of its own file jerror.c, which write to standard error and end
// the process.

#ifndef COLONNADE_JPEG_ERRORS_H
#define COLONNADE_JPEG_ERRORS_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

#include "colonnade_images.h"

struct colonnade_jpeg_errors {
    struct jpeg_error_mgr manager;  // first, since libjpeg has a pointer to it
    jmp_buf jump;
    int32_t result;
    char *message;
};

// Initializes the manager, which writes the message of an error to `message`. An error or warning sets `result`, and jumps.
struct jpeg_error_mgr *colonnade_jpeg_errors(struct colonnade_jpeg_errors *errors, char *message);

// Reports an error of the caller with its own text, and jumps.
_Noreturn void colonnade_jpeg_fail(j_common_ptr info, int32_t result, const char *text);

// Reports an error unless samples have 8 bits. Some versions of libjpeg read the headers of files with more.
void colonnade_jpeg_check_precision(j_decompress_ptr info);

#endif
