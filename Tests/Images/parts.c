// SPDX-License-Identifier: Apache-2.0
// Compares parts of JPEG files with the same parts of the complete pictures: all samplings, odd sizes, gray, RGB and CMYK, several
// scans, progressive files, restart markers, and Huffman codes of all lengths; with entry points and without, reduced and not. Damaged entry points must do no harm but other
// pixels. Writes the number of parts, that of the files with entry points, and that of those tried with fill bytes.

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "colonnade_images.h"

static uint64_t state = 7;

// Returns a number below `limit`.
static uint32_t below(uint32_t limit) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % limit);
}

enum kind { BASELINE, SCANS, PROGRESSIVE, ONLY_MEANS, KINDS };
// The Huffman codes: those of the standard, those that suit the picture, and some with many codes of 16 bits.
enum codes { STANDARD, OPTIMIZED, LONG, CODES };

struct description {
    uint32_t width, height;
    int components;
    int factors[4][2];  // across and down
    enum kind kind;
    bool has_restarts;
    bool is_transformed;  // to luminance and colour differences
    enum codes codes;
};

// Makes a Huffman code of all `count` symbols from 0 on that may occur, in which the most frequent ones have 16 bits, and one has each
// length from 2 to `longest`.
static void make_long_code(JHUFF_TBL *table, const UINT8 *symbols, int count, int longest) {
    memset(table, 0, sizeof *table);
    for (int length = 2; length <= longest; length++) table->bits[length] = 1;
    table->bits[16] = (UINT8)(count - (longest - 1));
    // The last symbols are rare.
    for (int i = 0; i < count; i++) table->huffval[i] = symbols[count - 1 - i];
}

static void make_long_codes(struct jpeg_compress_struct *info) {
    UINT8 sizes[12], others[162];
    for (int i = 0; i < 12; i++) sizes[i] = (UINT8)i;
    int count = 0;
    others[count++] = 0;
    others[count++] = 0xF0;
    for (int size = 1; size <= 10; size++) {
        for (int zeros = 0; zeros < 16; zeros++) others[count++] = (UINT8)(zeros << 4 | size);
    }
    for (int i = 0; i < 2; i++) {
        make_long_code(info->dc_huff_tbl_ptrs[i], sizes, 12, 4 + i);
        make_long_code(info->ac_huff_tbl_ptrs[i], others, count, 8 + i);
    }
}

static unsigned char *encode(const struct description *what, unsigned long *length) {
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char *file = NULL;
    jpeg_mem_dest(&info, &file, length);
    info.image_width = what->width;
    info.image_height = what->height;
    info.input_components = what->components;
    info.in_color_space = what->components == 1 ? JCS_GRAYSCALE : what->components == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&info);
    if (what->components == 3 && !what->is_transformed) jpeg_set_colorspace(&info, JCS_RGB);
    if (what->components == 4) jpeg_set_colorspace(&info, what->is_transformed ? JCS_YCCK : JCS_CMYK);
    for (int i = 0; i < what->components; i++) {
        info.comp_info[i].h_samp_factor = what->factors[i][0];
        info.comp_info[i].v_samp_factor = what->factors[i][1];
    }
    jpeg_set_quality(&info, 40 + (int)below(60), TRUE);
    if (what->has_restarts) info.restart_interval = 3;
    info.optimize_coding = what->codes == OPTIMIZED;
    if (what->codes == LONG) make_long_codes(&info);
    jpeg_scan_info scans[4];
    memset(scans, 0, sizeof scans);
    if (what->kind == PROGRESSIVE) jpeg_simple_progression(&info);
    if (what->kind == SCANS || what->kind == ONLY_MEANS) {
        for (int i = 0; i < what->components; i++) {
            scans[i].comps_in_scan = 1;
            scans[i].component_index[0] = i;
            scans[i].Se = what->kind == SCANS ? DCTSIZE2 - 1 : 0;
        }
        info.scan_info = scans;
        info.num_scans = what->components;
    }
    jpeg_start_compress(&info, TRUE);
    unsigned char row[160 * 4];
    for (uint32_t y = 0; y < what->height; y++) {
        for (uint32_t i = 0; i < what->width * (uint32_t)what->components; i++) row[i] = (unsigned char)(i * 3 + y * 5 + below(60));
        JSAMPROW rows = row;
        jpeg_write_scanlines(&info, &rows, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    return file;
}

static void expect(bool holds, const struct description *what, const char *message) {
    if (holds) return;
    fprintf(stderr, "%u x %u, %d components, first %d x %d, kind %d, codes %d: %s\n", what->width, what->height,
            what->components, what->factors[0][0], what->factors[0][1], what->kind, what->codes, message);
    exit(1);
}

enum { CAPACITY = 10240, HEADER = COLONNADE_JPEG_ENTRIES_HEADER, ENTRY = COLONNADE_JPEG_ENTRY };

// Returns the number of bits before the unit of the entry with an index.
static uint32_t place(const uint8_t *list, size_t index) {
    const uint8_t *at = list + HEADER + index * ENTRY;
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

// Changes some bytes of entries, their number, or the number of units between them.
static void damage(uint8_t *list, struct colonnade_jpeg_entries *entries) {
    for (int change = 0; change < 4; change++) {
        uint8_t *entry = list + HEADER + below((uint32_t)(entries->length / ENTRY)) * ENTRY;
        switch (below(4)) {
        case 0: entry[below(4)] = (uint8_t)below(256); break;
        case 1: entry[3] = entry[2] = (uint8_t)(255 * below(2)); break;
        case 2: entry[4 + below(6)] = (uint8_t)below(256); break;
        default: entry[0] += below(41) - 20;
        }
    }
    if (below(6) == 0) entries->length = below((uint32_t)entries->length + 1);
    if (below(6) == 0) list[below(HEADER)] = (uint8_t)(below(2) ? below(40) : 255 - below(3));
}

// Compares a part with that of the complete picture `all`, both reduced.
static void check_reduced_part(const struct description *what, const unsigned char *file, size_t length, const uint8_t *all,
                               uint32_t reduction, struct colonnade_rectangle needed,
                               const struct colonnade_jpeg_entries *entries, bool is_correct) {
    char message[COLONNADE_IMAGE_MESSAGE] = "";
    struct colonnade_rectangle part = needed;
    const uint32_t width = (what->width - 1) / reduction + 1, height = (what->height - 1) / reduction + 1;
    const uint32_t most = needed.width + COLONNADE_JPEG_BESIDE, columns = most < width ? most : width;
    uint8_t *pixels = malloc((size_t)columns * needed.height * 3);
    bool is_entered = true;
    const int32_t result = colonnade_jpeg_decode_with(file, length, what->width, what->height, reduction, entries, &part, pixels,
                                                      &is_entered, message);
    if (!is_correct) {
        expect(result == COLONNADE_IMAGE_DONE, what, "an error of wrong entries");
        free(pixels);
        return;
    }
    const bool is_whole = needed.width == width && needed.height == height;
    // libjpeg smooths such pictures by their neighbours, so that parts would have other pixels.
    const bool is_refused = result == COLONNADE_IMAGE_NOT_IN_PARTS && what->kind == ONLY_MEANS && !is_whole;
    expect(is_refused || result == COLONNADE_IMAGE_DONE, what, message);
    expect(is_entered == (entries && entries->length > 0), what, "entries are not used, or there are none");
    if (!is_refused) {
        expect(part.x <= needed.x && part.x + part.width >= needed.x + needed.width && part.width <= columns, what, "columns");
        expect(part.y == needed.y && part.height == needed.height, what, "rows");
        for (uint32_t row = 0; row < needed.height; row++) {
            const uint8_t *expected = all + ((size_t)(needed.y + row) * width + needed.x) * 3;
            const uint8_t *found = pixels + ((size_t)row * part.width + needed.x - part.x) * 3;
            expect(memcmp(expected, found, needed.width * 3) == 0, what, "other pixels");
        }
    }
    free(pixels);
}

static void check_part(const struct description *what, const unsigned char *file, size_t length, const uint8_t *all,
                       struct colonnade_rectangle needed, const struct colonnade_jpeg_entries *entries, bool is_correct) {
    check_reduced_part(what, file, length, all, 1, needed, entries, is_correct);
}

// Returns a random part of a picture.
static struct colonnade_rectangle random_part(uint32_t width, uint32_t height, uint32_t most) {
    struct colonnade_rectangle part = {.width = 1 + below(width < most ? width : most),
                                       .height = 1 + below(height < most ? height : most)};
    part.x = below(width - part.width + 1);
    part.y = below(height - part.height + 1);
    return part;
}

// Checks the size of the picture with a half, a quarter and an eighth of its height and width, and parts of it.
static void check_reductions(const struct description *what, const unsigned char *file, size_t length,
                             const struct colonnade_jpeg_entries *entries) {
    char message[COLONNADE_IMAGE_MESSAGE] = "";
    for (uint32_t reduction = 2; reduction <= 8; reduction *= 2) {
        const uint32_t width = (what->width - 1) / reduction + 1, height = (what->height - 1) / reduction + 1;
        uint8_t *all = malloc((size_t)width * height * 3);
        struct colonnade_rectangle part = {0, 0, width, height};
        expect(colonnade_jpeg_decode(file, length, what->width, what->height, reduction, &part, all, message) ==
                   COLONNADE_IMAGE_DONE,
               what, message);
        expect(part.width == width && part.height == height, what, "another size of a reduced picture");
        for (int i = 0; i < 4; i++) {
            part = random_part(width, height, i % 2 ? UINT32_MAX : 12);
            check_reduced_part(what, file, length, all, reduction, part, NULL, true);
            if (entries->length > 0) check_reduced_part(what, file, length, all, reduction, part, entries, true);
        }
        free(all);
    }
}

// Checks numbers of units between entries that are larger than any row, and capacities that suffice and that do not.
static void check_large_steps(const struct description *what, const unsigned char *file, size_t length, const uint8_t *all) {
    static const uint32_t steps[] = {100000, UINT32_MAX - 1, UINT32_MAX};
    char message[COLONNADE_IMAGE_MESSAGE] = "";
    const struct colonnade_rectangle whole = {0, 0, what->width, what->height};
    uint8_t first[CAPACITY];
    size_t size = 0;
    colonnade_jpeg_index(file, length, steps[0], first, CAPACITY, &size, message);
    expect(size > HEADER, what, "no entry in each row");
    uint8_t *list = malloc(size);
    for (int step = 0; step < 3; step++) {
        struct colonnade_jpeg_entries entries = {list, 1};
        expect(colonnade_jpeg_index(file, length, steps[step], list, size - 1, &entries.length, message) == COLONNADE_IMAGE_DONE &&
                   entries.length == 0,
               what, "entries beyond the capacity");
        check_part(what, file, length, all, whole, &(struct colonnade_jpeg_entries){list + size, 0}, true);
        expect(colonnade_jpeg_index(file, length, steps[step], list, size, &entries.length, message) == COLONNADE_IMAGE_DONE &&
                   entries.length == size,
               what, "not one entry in each row");
        expect(memcmp(list + HEADER, first + HEADER, size - HEADER) == 0, what, "other entries");
        check_part(what, file, length, all, whole, &entries, true);
    }
    free(list);
    size_t used = 1;
    expect(colonnade_jpeg_index(file, length, 0, first, CAPACITY, &used, message) == COLONNADE_IMAGE_DONE && used == 0, what,
           "entries without a step");
}

// Checks that the entries of a file do not decode the complete picture of a damaged copy. Frees the copy.
static void check_is_refused(const struct description *what, unsigned char *copy, size_t length,
                             const struct colonnade_jpeg_entries *entries, int32_t result, const char *message) {
    struct colonnade_rectangle whole = {0, 0, what->width, what->height};
    char text[COLONNADE_IMAGE_MESSAGE] = "";
    uint8_t *pixels = malloc((size_t)what->width * what->height * 3);
    bool is_entered;
    expect(colonnade_jpeg_decode_with(copy, length, what->width, what->height, 1, entries, &whole, pixels, &is_entered, text) ==
               result,
           what, message);
    free(pixels);
    free(copy);
}

// Checks files whose code ends early before the marker at the end, which lack this marker, and which have other samples.
static void check_cuts(const struct description *what, const unsigned char *file, size_t length,
                       const struct colonnade_jpeg_entries *entries) {
    char message[COLONNADE_IMAGE_MESSAGE] = "";
    uint8_t list[CAPACITY];
    size_t used = 1;
    for (size_t missing = 1; missing <= 5 && missing + 2 < length - place(entries->bytes, 0) / 8; missing++) {
        unsigned char *copy = malloc(length - missing);
        memcpy(copy, file, length - missing);
        memcpy(copy + length - missing - 2, file + length - 2, 2);
        expect(colonnade_jpeg_index(copy, length - missing, 16, list, CAPACITY, &used, message) == COLONNADE_IMAGE_NOT_IN_PARTS &&
                   used == 0,
               what, "entries of code that ends early");
        check_is_refused(what, copy, length - missing, entries, COLONNADE_IMAGE_DAMAGED, "code that ends early");
    }
    unsigned char *copy = malloc(length - 2);
    memcpy(copy, file, length - 2);
    const size_t start = place(entries->bytes, 0) / 8;
    expect(colonnade_jpeg_next_marker(file, length, start) == length - 1, what, "the marker of the end");
    for (size_t from = length - 4; from <= length - 2; from++) {
        expect(colonnade_jpeg_next_marker(copy, length - 2, from) == length - 2, what, "a marker after the end");
    }
    check_is_refused(what, copy, length - 2, entries, COLONNADE_IMAGE_DAMAGED, "a file without an end");
    copy = malloc(length);
    memcpy(copy, file, length);
    for (size_t at = 2; at + 4 < length; at += 2 + (size_t)(copy[at + 2] << 8 | copy[at + 3])) {
        if (copy[at + 1] != 0xC0 && copy[at + 1] != 0xC1) continue;
        copy[at + 4] = 12;
        break;
    }
    expect(colonnade_jpeg_index(copy, length, 16, list, CAPACITY, &used, message) == COLONNADE_IMAGE_UNSUPPORTED, what,
           "entries of 12 bits");
    check_is_refused(what, copy, length, entries, COLONNADE_IMAGE_UNSUPPORTED, "12 bits");
}

// Checks that a copy of a file with fill bytes before the last byte 0xFF of its code has no entries. Returns whether there is such a
// byte.
static bool check_fill_bytes(const struct description *what, const unsigned char *file, size_t length,
                             const struct colonnade_jpeg_entries *entries) {
    const size_t start = place(entries->bytes, 0) / 8;
    size_t at = length - 3;
    while (at >= start && file[at] != 0xFF) at--;
    if (at < start) return false;
    char message[COLONNADE_IMAGE_MESSAGE] = "";
    uint8_t list[CAPACITY];
    for (size_t fill = 1; fill <= 3; fill++) {
        unsigned char *copy = malloc(length + fill);
        memcpy(copy, file, at);
        memset(copy + at, 0xFF, fill);
        memcpy(copy + at + fill, file + at, length - at);
        size_t used = 1;
        expect(colonnade_jpeg_index(copy, length + fill, 16, list, CAPACITY, &used, message) == COLONNADE_IMAGE_NOT_IN_PARTS &&
                   used == 0,
               what, "entries of code with fill bytes");
        free(copy);
    }
    return true;
}

static int indexed, filled;

// Checks that a file of several scans becomes a file of one with the same pixels, and that others stay.
static void check_baseline(const struct description *what, const unsigned char *file, size_t length, const uint8_t *all) {
    char message[COLONNADE_IMAGE_MESSAGE] = "";
    uint8_t *made = NULL, list[CAPACITY];
    size_t made_length = 0, used = 0;
    int blocks = 0;
    for (int i = 0; i < what->components; i++) blocks += what->factors[i][0] * what->factors[i][1];
    const bool is_possible = what->components == 1 || blocks <= 10;
    // With one component, both files of scans have one scan.
    const bool has_scans = what->kind == PROGRESSIVE || (what->kind == SCANS && what->components > 1);
    expect(colonnade_jpeg_to_baseline(file, length, &made, &made_length, message) == COLONNADE_IMAGE_DONE, what, message);
    expect((made != NULL) == (has_scans && is_possible), what, "another kind of file in one scan");
    if (!made) return;
    check_part(what, made, made_length, all, (struct colonnade_rectangle){0, 0, what->width, what->height}, NULL, true);
    expect(colonnade_jpeg_index(made, made_length, 16, list, CAPACITY, &used, message) == COLONNADE_IMAGE_DONE, what, message);
    expect(used > 0 || what->components != 3, what, "no entries of one scan");
    uint8_t *again = NULL;
    expect(colonnade_jpeg_to_baseline(made, made_length, &again, &used, message) == COLONNADE_IMAGE_DONE && !again, what,
           "one scan becomes another file");
    colonnade_image_free(made);
    const size_t cut = below((uint32_t)length);
    unsigned char *copy = malloc(cut ? cut : 1);
    memcpy(copy, file, cut);
    expect(colonnade_jpeg_to_baseline(copy, cut, &made, &made_length, message) != COLONNADE_IMAGE_DONE && !made, what,
           "a file that ends early");
    memcpy(copy, file, cut);
    if (cut > 20) {
        copy[below((uint32_t)cut)] ^= (unsigned char)(1 << below(8));
        colonnade_jpeg_to_baseline(copy, cut, &made, &made_length, message);
        colonnade_image_free(made);
    }
    free(copy);
}

static int check(const struct description *what) {
    unsigned long length = 0;
    unsigned char *file = encode(what, &length);
    uint8_t *all = malloc((size_t)what->width * what->height * 3);
    struct colonnade_rectangle whole = {0, 0, what->width, what->height};
    char message[COLONNADE_IMAGE_MESSAGE] = "";
    const int32_t result = colonnade_jpeg_decode(file, length, what->width, what->height, 1, &whole, all, message);
    int parts = 0;
    // Some samplings are not supported by libjpeg.
    if (result != COLONNADE_IMAGE_UNSUPPORTED) {
        expect(result == COLONNADE_IMAGE_DONE, what, message);
        check_baseline(what, file, length, all);
        uint8_t list[CAPACITY];
        struct colonnade_jpeg_entries entries = {list, 0};
        expect(colonnade_jpeg_index(file, length, 1 + below(20), list, CAPACITY, &entries.length, message) == COLONNADE_IMAGE_DONE,
               what, message);
        const bool can_be_entered = what->kind == BASELINE && !what->has_restarts && what->components == 3;
        expect(!can_be_entered || entries.length > 0, what, "no entries");
        indexed += entries.length > 0;
        if (entries.length > 0) {
            check_large_steps(what, file, length, all);
            check_cuts(what, file, length, &entries);
            filled += check_fill_bytes(what, file, length, &entries);
        }
        check_reductions(what, file, length, &entries);
        for (; parts < 12; parts++) {
            const uint32_t most = parts % 3 == 0 ? UINT32_MAX : 12;
            struct colonnade_rectangle part = random_part(what->width, what->height, most);
            if (parts == 1) part.x = what->width - part.width;
            if (parts == 2) part.y = what->height - part.height;
            check_part(what, file, length, all, part, NULL, true);
            if (entries.length == 0) continue;
            check_part(what, file, length, all, part, &entries, true);
            uint8_t list_copy[CAPACITY];
            struct colonnade_jpeg_entries copy = {list_copy, entries.length};
            memcpy(list_copy, list, entries.length);
            damage(list_copy, &copy);
            check_part(what, file, length, all, part, &copy, false);
        }
    }
    free(all);
    free(file);
    return parts;
}

int main(void) {
    static const int factors[][6] = {
        {1, 1, 1, 1, 1, 1}, {2, 1, 1, 1, 1, 1}, {2, 2, 1, 1, 1, 1}, {1, 2, 1, 1, 1, 1}, {4, 1, 1, 1, 1, 1},
        {1, 4, 1, 1, 1, 1}, {2, 2, 2, 1, 1, 2}, {2, 2, 1, 2, 1, 2}, {3, 1, 1, 1, 1, 1}, {1, 1, 2, 2, 1, 1},
    };
    static const uint32_t sizes[][2] = {{1, 1}, {5, 3}, {17, 9}, {16, 16}, {33, 47}, {100, 37}, {131, 130}};
    int parts = 0;
    for (size_t set = 0; set < sizeof factors / sizeof *factors; set++) {
        for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++) {
            for (int choice = 0; choice < KINDS * 2 * 4; choice++) {
                static const int components[] = {1, 3, 3, 4};
                struct description what = {.width = sizes[size][0], .height = sizes[size][1], .kind = (enum kind)(choice % KINDS)};
                what.has_restarts = choice / KINDS % 2 == 1;
                what.components = components[choice / KINDS / 2];
                what.is_transformed = choice / KINDS / 2 != 2;
                // A scan of only means has no codes of other values, which some of these are.
                what.codes = (enum codes)below(what.kind == BASELINE || what.kind == SCANS ? CODES : LONG);
                int blocks = 0;
                for (int i = 0; i < 4; i++) {
                    what.factors[i][0] = factors[set][i < 3 ? 2 * i : 0];
                    what.factors[i][1] = factors[set][i < 3 ? 2 * i + 1 : 1];
                    if (i < what.components) blocks += what.factors[i][0] * what.factors[i][1];
                }
                // One scan of all components has units of at most 10 blocks.
                if (what.components > 1 && blocks > 10 && what.kind != SCANS) continue;
                parts += check(&what);
            }
        }
    }
    printf("%d %d %d\n", parts, indexed, filled);
    return 0;
}
