// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "colonnade_audio.h"

#include <dirent.h>
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The declarations of sndfile.h that are used here: they are part of the stable binary interface of libsndfile 1.
typedef int64_t sf_count;

struct sf_info {
    sf_count frames;
    int samplerate;
    int channels;
    int format;
    int sections;
    int seekable;
};

struct sf_virtual_io {
    sf_count (*length)(void *);
    sf_count (*seek)(sf_count, int, void *);
    sf_count (*read)(void *, sf_count, void *);
    sf_count (*write)(const void *, sf_count, void *);
    sf_count (*tell)(void *);
};

enum {
    SFM_READ = 0x10,
    SF_FORMAT_TYPEMASK = 0x0FFF0000,
    SF_FORMAT_MPEG = 0x230000,
    SF_FORMAT_SUBMASK = 0xFFFF,
    SF_FORMAT_DOUBLE = 0x0007,
};

static void *(*sf_open_virtual)(struct sf_virtual_io *, int, struct sf_info *, void *);
static sf_count (*sf_readf_float)(void *, float *, sf_count);
static sf_count (*sf_readf_double)(void *, double *, sf_count);
static sf_count (*sf_seek)(void *, sf_count, int);
static int (*sf_error)(void *);
static const char *(*sf_strerror)(void *);
static int (*sf_close)(void *);

struct colonnade_audio {
    void *file;
    int32_t channels;
    bool is_double;
    const uint8_t *bytes;
    sf_count count;
    sf_count next;
};

static sf_count length(void *context) { return ((struct colonnade_audio *)context)->count; }

static sf_count seek(sf_count offset, int from, void *context) {
    struct colonnade_audio *audio = context;
    const sf_count base = from == SEEK_CUR ? audio->next : from == SEEK_END ? audio->count : 0;
    sf_count next;
    if (__builtin_add_overflow(base, offset, &next) || next < 0 || next > audio->count) return -1;
    return audio->next = next;
}

static sf_count read_bytes(void *to, sf_count count, void *context) {
    struct colonnade_audio *audio = context;
    const sf_count left = audio->count - audio->next;
    if (count > left) count = left;
    if (count <= 0) return 0;
    memcpy(to, audio->bytes + audio->next, (size_t)count);
    audio->next += count;
    return count;
}

static sf_count write_bytes(const void *from, sf_count count, void *context) {
    (void)from, (void)count, (void)context;
    return 0;
}

static sf_count tell(void *context) { return ((struct colonnade_audio *)context)->next; }

static bool load(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return false;
    *(void **)&sf_open_virtual = dlsym(library, "sf_open_virtual");
    *(void **)&sf_readf_float = dlsym(library, "sf_readf_float");
    *(void **)&sf_readf_double = dlsym(library, "sf_readf_double");
    *(void **)&sf_seek = dlsym(library, "sf_seek");
    *(void **)&sf_error = dlsym(library, "sf_error");
    *(void **)&sf_strerror = dlsym(library, "sf_strerror");
    *(void **)&sf_close = dlsym(library, "sf_close");
    return sf_open_virtual && sf_readf_float && sf_readf_double && sf_seek && sf_error && sf_strerror && sf_close;
}

// Loads the library of Python's package soundfile, if it is installed in the same folder as the package with this code.
static bool load_of_python(void) {
    Dl_info here;
    if (!dladdr((void *)&load, &here) || !here.dli_fname) return false;
    char folder[4096];
    const char *slash = strrchr(here.dli_fname, '/');
    if (!slash || (size_t)snprintf(folder, sizeof folder, "%.*s/../_soundfile_data", (int)(slash - here.dli_fname),
                                   here.dli_fname) >= sizeof folder)
        return false;
    DIR *files = opendir(folder);
    if (!files) return false;
    bool is_loaded = false;
    char path[4096];
    for (struct dirent *file; !is_loaded && (file = readdir(files));) {
        if (strncmp(file->d_name, "libsndfile", 10) != 0) continue;
        if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, file->d_name) < sizeof path) is_loaded = load(path);
    }
    closedir(files);
    return is_loaded;
}

static bool is_loaded;
static char reason[512];

static void load_once(void) {
    const char *chosen = getenv("COLONNADE_SNDFILE");
    if (chosen && *chosen) {
        is_loaded = load(chosen);
        if (!is_loaded) {
            const char *problem = dlerror();
            snprintf(reason, sizeof reason, "COLONNADE_SNDFILE names no libsndfile: %s", problem ? problem : chosen);
        }
        return;
    }
    static const char *const names[] = {
        "libsndfile.so.1", "libsndfile.so", "libsndfile.1.dylib", "/opt/homebrew/lib/libsndfile.dylib", "/usr/local/lib/libsndfile.dylib",
    };
    is_loaded = load_of_python();
    for (size_t index = 0; !is_loaded && index < sizeof names / sizeof *names; index++) is_loaded = load(names[index]);
    if (!is_loaded) {
        snprintf(reason, sizeof reason,
                 "libsndfile is not installed: there is neither Python's package soundfile nor a libsndfile of the system, and "
                 "COLONNADE_SNDFILE names no other");
    }
}

int32_t colonnade_audio_open(const uint8_t *bytes, size_t count, struct colonnade_audio **audio,
                             struct colonnade_audio_info *info, char *message, size_t size) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load_once);
    if (!is_loaded) {
        snprintf(message, size, "%s", reason);
        return COLONNADE_AUDIO_NO_LIBRARY;
    }
    struct colonnade_audio *made = calloc(1, sizeof *made);
    if (!made) {
        snprintf(message, size, "there is no memory");
        return COLONNADE_AUDIO_NO_FILE;
    }
    made->bytes = bytes;
    made->count = (sf_count)count;
    struct sf_virtual_io io = {length, seek, read_bytes, write_bytes, tell};
    struct sf_info found = {0};
    made->file = sf_open_virtual(&io, SFM_READ, &found, made);
    if (!made->file || found.channels < 1 || found.samplerate < 1) {
        snprintf(message, size, "%s", made->file ? "it has no channels or no rate" : sf_strerror(NULL));
        colonnade_audio_close(made);
        return COLONNADE_AUDIO_NO_FILE;
    }
    made->channels = found.channels;
    made->is_double = (found.format & SF_FORMAT_SUBMASK) == SF_FORMAT_DOUBLE;
    const bool is_estimate = (found.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG || found.frames == INT64_MAX;
    *info = (struct colonnade_audio_info){found.frames, found.channels, found.samplerate, is_estimate};
    *audio = made;
    return 0;
}

// Reads frames whose samples are numbers of 64 bits.
static sf_count read_doubles(struct colonnade_audio *audio, float *frames, sf_count count, int64_t *too_large) {
    const size_t channels = (size_t)audio->channels;
    double *samples = malloc((size_t)count * channels * sizeof *samples);
    if (!samples) return COLONNADE_AUDIO_NO_MEMORY;
    const sf_count got = sf_readf_double(audio->file, samples, count);
    for (size_t index = 0; got > 0 && index < (size_t)got * channels; index++) {
        frames[index] = (float)samples[index];
        if (*too_large < 0 && isfinite(samples[index]) && isinf(frames[index])) *too_large = (int64_t)index;
    }
    free(samples);
    return got;
}

int64_t colonnade_audio_read(struct colonnade_audio *audio, float *frames, int64_t count, int64_t *too_large, char *message,
                             size_t size) {
    *too_large = -1;
    const sf_count got = audio->is_double ? read_doubles(audio, frames, count, too_large) : sf_readf_float(audio->file, frames, count);
    if (got == COLONNADE_AUDIO_NO_MEMORY) return got;
    if (got >= 0 && sf_error(audio->file) == 0) return got;
    snprintf(message, size, "%s", sf_strerror(audio->file));
    return -1;
}

bool colonnade_audio_seek(struct colonnade_audio *audio, int64_t frame) {
    return sf_seek(audio->file, frame, SEEK_SET) == frame;
}

void colonnade_audio_close(struct colonnade_audio *audio) {
    if (audio->file) sf_close(audio->file);
    free(audio);
}
