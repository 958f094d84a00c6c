// SPDX-License-Identifier: Apache-2.0
// Decoding and encoding of pictures by libjpeg-turbo, libpng and libwebp.
//
// These libraries report errors by longjmp, which must not cross Swift code. Each function here catches it, and returns a
// number. The functions keep no state, so that threads may call them at once.

#ifndef COLONNADE_IMAGES_H
#define COLONNADE_IMAGES_H

#include <stddef.h>
#include <stdint.h>

// The results of the functions.
enum {
    COLONNADE_IMAGE_DONE = 0,
    // The bytes are no correct file of the format, or end early.
    COLONNADE_IMAGE_DAMAGED = 1,
    // The file is correct as far as known, but uses a part of the format that the library does not support.
    COLONNADE_IMAGE_UNSUPPORTED = 2,
    COLONNADE_IMAGE_NO_MEMORY = 3,
};

// The number of bytes of a message, which ends with a zero byte.
enum { COLONNADE_IMAGE_MESSAGE = 200 };

// The largest number of scans in a JPEG file. A small file with many scans would take minutes.
enum { COLONNADE_JPEG_SCANS = 100 };

// Decodes a JPEG file to RGB, three bytes a pixel, without gaps between rows. `pixels` has room for `width` x `height` pixels,
// which must be the size in the header of the file. A warning of the library, such as one of truncated data, is an error.
// On failure, `message` has the reason and the pixels are undefined.
int32_t colonnade_jpeg_decode(const uint8_t *_Nonnull bytes, size_t length, uint32_t width, uint32_t height,
                              uint8_t *_Nonnull pixels, char *_Nonnull message);

// Decodes a PNG file to 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGB, alpha) bytes a pixel. Palettes are expanded, and samples of
// 16 bits are cut to 8. If the file has alpha, and `channels` is odd, the alpha is left out. Fails if the file has
// another size or other channels.
int32_t colonnade_png_decode(const uint8_t *_Nonnull bytes, size_t length, uint32_t width, uint32_t height,
                             uint32_t channels, uint8_t *_Nonnull pixels, char *_Nonnull message);

// Decodes a WebP file of one picture to RGB or, if `channels` is 4, to RGB and alpha.
int32_t colonnade_webp_decode(const uint8_t *_Nonnull bytes, size_t length, uint32_t width, uint32_t height,
                              uint32_t channels, uint8_t *_Nonnull pixels, char *_Nonnull message);

// Encodes gray or RGB pixels, 1 or 3 `channels`, as a JPEG file. On success, `*file` is memory of `*length` bytes that the caller
// releases with `colonnade_image_free`.
int32_t colonnade_jpeg_encode(const uint8_t *_Nonnull pixels, uint32_t width, uint32_t height, uint32_t channels,
                              int32_t quality, uint8_t *_Nullable *_Nonnull file, size_t *_Nonnull length,
                              char *_Nonnull message);

void colonnade_image_free(uint8_t *_Nullable file);

#endif
