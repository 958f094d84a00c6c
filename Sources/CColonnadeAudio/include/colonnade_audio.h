// SPDX-License-Identifier: Apache-2.0
//
// Files of audio that libsndfile decodes, and the loop of resampling. libsndfile is loaded when the first such file is opened, so
// that programs without audio need no such library.

#ifndef COLONNADE_AUDIO_H
#define COLONNADE_AUDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct colonnade_audio;

struct colonnade_audio_info {
    // The number of frames that the header tells; it may be wrong in a damaged file.
    int64_t frames;
    int32_t channels;
    int32_t rate;
    // Whether the number of frames is a guess: of MP3, and of FLAC whose header does not tell it.
    bool is_estimate;
};

enum {
    COLONNADE_AUDIO_NO_LIBRARY = -1,  // libsndfile was not found
    COLONNADE_AUDIO_NO_FILE = -2,     // libsndfile does not read the file
    COLONNADE_AUDIO_NO_MEMORY = -3,
};

// Opens a file of audio in memory, which must stay until it is closed. Returns a negative number if that fails, with the reason
// as text of at most `size` bytes in `message`.
int32_t colonnade_audio_open(const uint8_t *_Nonnull bytes, size_t count, struct colonnade_audio *_Nullable *_Nonnull audio,
                             struct colonnade_audio_info *_Nonnull info, char *_Nonnull message, size_t size);

// Reads at most `count` frames as floats between -1 and 1, channel after channel. Returns their number, which is less at the
// end; `COLONNADE_AUDIO_NO_MEMORY`, or -1 if libsndfile finds the file damaged, with its reason in `message`. `*too_large` is the index
// of the first sample that is finite in the file, and infinite as a float; -1 if there is none.
int64_t colonnade_audio_read(struct colonnade_audio *_Nonnull audio, float *_Nonnull frames, int64_t count,
                             int64_t *_Nonnull too_large, char *_Nonnull message, size_t size);

// Continues with the frame of an index. Returns whether that is possible.
bool colonnade_audio_seek(struct colonnade_audio *_Nonnull audio, int64_t frame);

void colonnade_audio_close(struct colonnade_audio *_Nonnull audio);

// The encodings of samples without compression, by kind, bytes of a sample, and byte order.
enum {
    COLONNADE_PCM_UNSIGNED_8,
    COLONNADE_PCM_SIGNED_8,
    COLONNADE_PCM_16_LITTLE,
    COLONNADE_PCM_16_BIG,
    COLONNADE_PCM_24_LITTLE,
    COLONNADE_PCM_24_BIG,
    COLONNADE_PCM_32_LITTLE,
    COLONNADE_PCM_32_BIG,
    COLONNADE_PCM_FLOAT_LITTLE,
    COLONNADE_PCM_FLOAT_BIG,
    COLONNADE_PCM_DOUBLE_LITTLE,
    COLONNADE_PCM_DOUBLE_BIG,
};

// Converts samples to floats. Whole numbers of n bits are divided by 2^(n - 1), after 128 is subtracted from unsigned ones.
void colonnade_pcm(const uint8_t *_Nonnull bytes, size_t count, int32_t encoding, float *_Nonnull samples);

// Returns the index of the first of `count` samples of 64 bits that is finite, and infinite as a float; `count` if there is none. The
// encoding is one of those of doubles.
size_t colonnade_pcm_too_large(const uint8_t *_Nonnull bytes, size_t count, int32_t encoding);

// The weights by which resampling makes `outputs` samples of each `inputs` samples: output p of a period is the sum of `taps`
// inputs times row p of the table. The first of these inputs has the index `p * inputs / outputs - before`.
struct colonnade_resampling {
    const float *_Nullable weights;
    int64_t inputs;
    int64_t outputs;
    int64_t taps;
    int64_t before;
};

// The methods of resampling; other numbers are those of the zero crossings of a sinc on each side.
enum { COLONNADE_RESAMPLING_HOLD = 0, COLONNADE_RESAMPLING_LINEAR = -1 };

// Writes the weights of a table: `outputs` rows of `taps`. `base` is the cutoff frequency in cycles of a period.
void colonnade_resampling_weights(const struct colonnade_resampling *_Nonnull resampling, int32_t method, double base,
                                  float *_Nonnull weights);

// Writes `count` frames from the index `first` on of the resampled audio. `input` has `frames` frames, of which the first has
// the index `origin`. Inputs before it and after the last one count as 0.
void colonnade_resample(const struct colonnade_resampling *_Nonnull resampling, const float *_Nonnull input, int64_t origin,
                        int64_t frames, int32_t channels, int64_t first, int64_t count, float *_Nonnull output);

// Writes the mean of the channels of each frame.
void colonnade_mix_to_mono(const float *_Nonnull input, int64_t frames, int32_t channels, float *_Nonnull output);

#endif
