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
    // A part cannot be decoded alone: the file may be damaged, which decoding the whole picture tells.
    COLONNADE_IMAGE_NOT_IN_PARTS = 4,
};

// The number of bytes of a message, which ends with a zero byte.
enum { COLONNADE_IMAGE_MESSAGE = 200 };

// The largest number of scans in a JPEG file. A small file with many scans would take minutes.
enum { COLONNADE_JPEG_SCANS = 100 };

// A rectangle of a picture, in pixels, inside the picture.
struct colonnade_rectangle {
    uint32_t x;
    uint32_t y;
    uint32_t width;
    uint32_t height;
};

// The most pixels of a row that `colonnade_jpeg_decode` decodes beside those of a part: a margin on each side, and those of the
// widest block in which the left one begins.
enum { COLONNADE_JPEG_BESIDE = 36 };

// Decodes a part of a JPEG file to RGB, three bytes a pixel, without gaps between rows.
//
// `part` has the pixels that are needed, and gets those that are decoded, with the same rows. They are equal to those of the whole
// picture. `pixels` has room for `part->width + COLONNADE_JPEG_BESIDE` pixels in each row, or for the width of the picture if that
// is less. `width` x `height` must be the size in the header of the file. A warning of the library, such as one of truncated data, is
// an error. Data below the part are not decoded, but a file without an end is an error or `COLONNADE_IMAGE_NOT_IN_PARTS`, which no
// whole picture is. On failure, `message` has the reason and the pixels are undefined.
int32_t colonnade_jpeg_decode(const uint8_t *_Nonnull bytes, size_t length, uint32_t width, uint32_t height,
                              struct colonnade_rectangle *_Nonnull part, uint8_t *_Nonnull pixels,
                              char *_Nonnull message);

// An entry point of a baseline JPEG file: the state of a decoder before a unit of blocks.
struct colonnade_jpeg_entry {
    uint32_t position;  // of the byte with the next bit, from the beginning of the file
    uint8_t bit;        // the number of bits of that byte that are decoded, 0 to 7
    int16_t means[3];   // the DC value of the latest block of each component
};

// The entry points of a file: in each row of units one for unit 0, `every`, 2 x `every` and so on.
struct colonnade_jpeg_entries {
    const struct colonnade_jpeg_entry *_Nonnull list;
    size_t count;
    uint32_t every;
};

// Finds the entry points of a JPEG file. `*count` is 0 if the file has none (it is progressive, has restarts, several scans or
// fill bytes between codes, or its code is damaged), if there are more than `capacity`, or if `every` is 0. A file whose headers are damaged is an error.
int32_t colonnade_jpeg_index(const uint8_t *_Nonnull bytes, size_t length, uint32_t every,
                             struct colonnade_jpeg_entry *_Nonnull entries, size_t capacity, size_t *_Nonnull count,
                             char *_Nonnull message);

// Decodes as `colonnade_jpeg_decode` does. Of each row of units only the code from an entry point up to the last column of the part
// is read: damage in other code is no error. Entries are not trusted: wrong ones give other
// pixels or an error. They are ignored if their number is wrong for the file, if one that is needed lies outside of its code, if the
// file has no end after the part, or if the library at run time does not decode a small picture with entries as it should.
int32_t colonnade_jpeg_decode_with(const uint8_t *_Nonnull bytes, size_t length, uint32_t width, uint32_t height,
                                   const struct colonnade_jpeg_entries *_Nullable entries,
                                   struct colonnade_rectangle *_Nonnull part, uint8_t *_Nonnull pixels,
                                   char *_Nonnull message);

// Decodes `count` rows of a PNG file from row `first` on, to 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGB, alpha) bytes a pixel.
// Palettes are expanded, and samples of 16 bits are cut to 8. If the file has alpha, and `channels` is odd, the alpha is left out.
// Fails if the file has another size or other channels. Data below the rows are not decoded, but the checksum of the chunk where the
// rows end is checked, as those of all chunks before it. The result is `COLONNADE_IMAGE_NOT_IN_PARTS` for some rows of an interlaced
// file.
int32_t colonnade_png_decode(const uint8_t *_Nonnull bytes, size_t length, uint32_t width, uint32_t height,
                             uint32_t channels, uint32_t first, uint32_t count, uint8_t *_Nonnull pixels,
                             char *_Nonnull message);

// Decodes a part of a WebP file of one picture to RGB or, if `channels` is 4, to RGB and alpha. The first row and column of the
// part are even numbers. Pixels at edges of the part that are not edges of the picture may differ from those of the whole picture.
int32_t colonnade_webp_decode(const uint8_t *_Nonnull bytes, size_t length, uint32_t width, uint32_t height,
                              uint32_t channels, const struct colonnade_rectangle *_Nonnull part,
                              uint8_t *_Nonnull pixels, char *_Nonnull message);

// Encodes gray or RGB pixels, 1 or 3 `channels`, as a JPEG file. On success, `*file` is memory of `*length` bytes that the caller
// releases with `colonnade_image_free`.
int32_t colonnade_jpeg_encode(const uint8_t *_Nonnull pixels, uint32_t width, uint32_t height, uint32_t channels,
                              int32_t quality, uint8_t *_Nullable *_Nonnull file, size_t *_Nonnull length,
                              char *_Nonnull message);

void colonnade_image_free(uint8_t *_Nullable file);

#endif
