// SPDX-License-Identifier: Apache-2.0
#include "jpeg_errors.h"

#include <string.h>

// The numbers and texts of libjpeg's errors, from its header.
#include <jerror.h>
#undef JERROR_H
#define JMESSAGE(code, string) string,
#define JCOPYRIGHT_SHORT ""
#define JVERSION ""
static const char *const texts[] = {
#include <jerror.h>
    NULL};

_Noreturn static void leave(struct colonnade_jpeg_errors *errors, int32_t result) {
    errors->result = result;
    longjmp(errors->jump, 1);
}

_Noreturn void colonnade_jpeg_fail(j_common_ptr info, int32_t result, const char *text) {
    struct colonnade_jpeg_errors *errors = (struct colonnade_jpeg_errors *)info->err;
    snprintf(errors->message, COLONNADE_IMAGE_MESSAGE, "%s", text);
    leave(errors, result);
}

void colonnade_jpeg_check_precision(j_decompress_ptr info) {
    if (info->data_precision == 8) return;
    colonnade_jpeg_fail((j_common_ptr)info, COLONNADE_IMAGE_UNSUPPORTED, "its samples do not have 8 bits");
}

// Writes the text of the error with its parameters, which are one text or several integers.
static void describe(j_common_ptr info, char *message) {
    struct jpeg_error_mgr *manager = info->err;
    const char *text = "an unknown error";
    if (manager->msg_code > 0 && manager->msg_code <= manager->last_jpeg_message) text = texts[manager->msg_code];
    const int *numbers = manager->msg_parm.i;
    if (strstr(text, "%s")) {
        snprintf(message, COLONNADE_IMAGE_MESSAGE, text, manager->msg_parm.s);
    } else {
        snprintf(message, COLONNADE_IMAGE_MESSAGE, text, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4],
                 numbers[5], numbers[6], numbers[7]);
    }
}

_Noreturn static void exit_with_error(j_common_ptr info) {
    struct colonnade_jpeg_errors *errors = (struct colonnade_jpeg_errors *)info->err;
    describe(info, errors->message);
    switch (info->err->msg_code) {
    case JERR_OUT_OF_MEMORY: leave(errors, COLONNADE_IMAGE_NO_MEMORY);
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED: leave(errors, COLONNADE_IMAGE_UNSUPPORTED);
    default: leave(errors, COLONNADE_IMAGE_DAMAGED);
    }
}

// Receives a warning (level -1) or a trace message. Half of a picture is worse than an error. The only harmless warning is that of
// a version of JFIF that is newer than the library.
static void emit_message(j_common_ptr info, int level) {
    if (level < 0 && info->err->msg_code != JWRN_JFIF_MAJOR) exit_with_error(info);
}

static void output_message(j_common_ptr info) { (void)info; }

static void format_message(j_common_ptr info, char *buffer) { describe(info, buffer); }

static void reset(j_common_ptr info) { info->err->num_warnings = 0; }

struct jpeg_error_mgr *colonnade_jpeg_errors(struct colonnade_jpeg_errors *errors, char *message) {
    memset(errors, 0, sizeof *errors);
    errors->message = message;
    errors->manager.error_exit = exit_with_error;
    errors->manager.emit_message = emit_message;
    errors->manager.output_message = output_message;
    errors->manager.format_message = format_message;
    errors->manager.reset_error_mgr = reset;
    errors->manager.jpeg_message_table = texts;
    errors->manager.last_jpeg_message = (int)(sizeof texts / sizeof texts[0]) - 2;
    return &errors->manager;
}
