// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include <webp/decode.h>

#include "colonnade_images.h"

static int32_t failure(VP8StatusCode status, char *message) {
    const char *text = "it has other sizes than its header says";
    int32_t result = COLONNADE_IMAGE_DAMAGED;
    switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
        text = "there is not enough memory";
        result = COLONNADE_IMAGE_NO_MEMORY;
        break;
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        text = "it uses a feature that libwebp does not support";
        result = COLONNADE_IMAGE_UNSUPPORTED;
        break;
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED: text = "the data end early"; break;
    case VP8_STATUS_BITSTREAM_ERROR: text = "its bits make no picture"; break;
    default: break;
    }
    snprintf(message, COLONNADE_IMAGE_MESSAGE, "%s", text);
    return result;
}

int32_t colonnade_webp_decode(const uint8_t *bytes, size_t length, uint32_t width, uint32_t height, uint32_t channels,
                              const struct colonnade_rectangle *part, uint8_t *pixels, char *message) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return failure(VP8_STATUS_UNSUPPORTED_FEATURE, message);
    VP8StatusCode status = WebPGetFeatures(bytes, length, &config.input);
    if (status != VP8_STATUS_OK) return failure(status, message);
    if (config.input.has_animation) {
        snprintf(message, COLONNADE_IMAGE_MESSAGE, "it is an animation: save one of its pictures");
        return COLONNADE_IMAGE_UNSUPPORTED;
    }
    if ((uint32_t)config.input.width != width || (uint32_t)config.input.height != height) {
        return failure(VP8_STATUS_INVALID_PARAM, message);
    }
    config.options.use_cropping = part->width < width || part->height < height;
    config.options.crop_left = (int)part->x;
    config.options.crop_top = (int)part->y;
    config.options.crop_width = (int)part->width;
    config.options.crop_height = (int)part->height;
    config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels;
    config.output.u.RGBA.stride = (int)(part->width * channels);
    config.output.u.RGBA.size = (size_t)part->width * part->height * channels;
    status = WebPDecode(bytes, length, &config);
    WebPFreeDecBuffer(&config.output);
    return status == VP8_STATUS_OK ? COLONNADE_IMAGE_DONE : failure(status, message);
}
