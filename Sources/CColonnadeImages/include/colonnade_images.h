// SPDX-License-Identifier: Apache-2.0
// Decoding and encoding of pictures by libjpeg-turbo, libpng and libwebp.
//
// These libraries report errors by longjmp, which must not cross Swift code. Each function here catches it, and returns a
// number. The functions keep no state, so that threads may call them at once.

#ifndef COLONNADE_IMAGES_H
#define COLONNADE_IMAGES_H

#include <stdbool.h>
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
// is less. `width` x `height` must be the size in the header of the file. With a `reduction` of 2, 4 or 8, otherwise 1, the picture has
// a half, a quarter or an eighth of its height and width, rounded up, and `part` is a part of that one. A warning of the library, such as one of truncated data, is
// an error. Data below the part are not decoded, but a file without an end is an error or `COLONNADE_IMAGE_NOT_IN_PARTS`, which no
// whole picture is. On failure, `message` has the reason and the pixels are undefined.
int32_t colonnade_jpeg_decode(const uint8_t *_Nonnull bytes, size_t length, uint32_t width, uint32_t height, uint32_t reduction,
                              struct colonnade_rectangle *_Nonnull part, uint8_t *_Nonnull pixels,
                              char *_Nonnull message);

// Returns the offset of the code of the next marker from `start` on, which is at most `length`; `length` if there is none. Markers of
// restarts are skipped, as the data of pixels are.
size_t colonnade_jpeg_next_marker(const uint8_t *_Nonnull bytes, size_t length, size_t start);

// The bytes of the entry points of a baseline JPEG file: the number of units between them, and then the state of a decoder before
// each: the number of bits before the next one, and the DC value of the latest block of each component. All are little-endian. In
// each row of units there is an entry for unit 0, `every`, 2 x `every` and so on.
enum { COLONNADE_JPEG_ENTRIES_HEADER = 4, COLONNADE_JPEG_ENTRY = 10 };

// Entry points in memory of their owner.
struct colonnade_jpeg_entries {
    const uint8_t *_Nonnull bytes;
    size_t length;
};

// Finds the entry points of a JPEG file, and writes their bytes. `*used` is 0 if the file has none (it is progressive, has restarts,
// several scans or fill bytes between codes, its code is damaged, or it has 2^29 bytes or more), if they have more bytes than
// `capacity`, or if `every` is 0. A file whose headers are damaged is an error. The result is `COLONNADE_IMAGE_NOT_IN_PARTS` for a
// file whose code is damaged or has fill bytes: decoding the picture tells which.
int32_t colonnade_jpeg_index(const uint8_t *_Nonnull bytes, size_t length, uint32_t every, uint8_t *_Nonnull entries,
                             size_t capacity, size_t *_Nonnull used, char *_Nonnull message);

// Decodes as `colonnade_jpeg_decode` does. Of each row of units only the code from an entry point up to the last column of the part
// is read: damage in other code is no error. `*is_entered` says whether the entries were used. They are not trusted: wrong ones give
// other pixels at worst. They are ignored if their number is wrong for the file, if one that is needed lies outside of its code, if
// the code there is damaged, if the file has no end after the part, or if the library at run time does not decode a small picture
// with entries as it should.
int32_t colonnade_jpeg_decode_with(const uint8_t *_Nonnull bytes, size_t length, uint32_t width, uint32_t height,
                                   uint32_t reduction,
                                   const struct colonnade_jpeg_entries *_Nullable entries,
                                   struct colonnade_rectangle *_Nonnull part, uint8_t *_Nonnull pixels,
                                   bool *_Nonnull is_entered, char *_Nonnull message);

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

// Makes a file of one baseline scan of a JPEG file that is progressive or has several scans. The pixels are equal, and the markers with
// metadata are kept. `*file` is NULL for other files, and for one that cannot have the same pixels in one scan: it lacks digits of
// coefficients, which libjpeg smooths, or has too many blocks in a unit. Otherwise it is memory of `*made` bytes that the caller
// releases with `colonnade_image_free`. Damage in any scan is an error.
int32_t colonnade_jpeg_to_baseline(const uint8_t *_Nonnull bytes, size_t length, uint8_t *_Nullable *_Nonnull file,
                                   size_t *_Nonnull made, char *_Nonnull message);

void colonnade_image_free(uint8_t *_Nullable file);

#endif
