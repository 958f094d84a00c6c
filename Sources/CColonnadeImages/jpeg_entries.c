// SPDX-License-Identifier: Apache-2.0
#include "jpeg_entries.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "jpeg_errors.h"

// The beginning of libjpeg's decoder of blocks, from its internal header jpegint.h.
struct jpeg_entropy_decoder {
    void (*start_pass)(j_decompress_ptr info);
    boolean (*decode_mcu)(j_decompress_ptr info, JBLOCKROW *blocks);
    boolean insufficient_data;
};

// Returns whether a file whose decoder has started can have entries: one scan of all components without restarts.
static bool has_one_scan(const struct jpeg_decompress_struct *info) {
    if (info->progressive_mode || info->arith_code || info->restart_interval != 0) return false;
    if (info->comps_in_scan != info->num_components) return false;
    const jpeg_component_info *only = info->cur_comp_info[0];
    return info->num_components == 3 || (info->num_components == 1 && only->h_samp_factor == 1 && only->v_samp_factor == 1);
}

// Returns what a lookup has for a symbol whose code has `length` bits, from the bits after the code, the first one uppermost.
static int32_t known_value(int symbol, int length, uint64_t rest, bool is_mean) {
    const int size = is_mean ? symbol : symbol & 15;
    if (size > 15) return 0;
    const int step = size > 0 || is_mean || symbol == 0xF0 ? (symbol >> 4) + 1 : BLOCK_END;
    const bool needs_value = length + size > LOOKUP_BITS;
    const int value = needs_value ? size : size > 0 ? number_of(rest, size) : 0;
    const int bits = needs_value ? length | NEEDS_VALUE : length + size;
    return (int32_t)((uint32_t)value << 16 | (uint32_t)step << 8 | (uint32_t)bits);
}

// Makes a code of the lengths and symbols in a file, which libjpeg has checked.
static void make_code(struct code *code, const JHUFF_TBL *table, bool is_mean) {
    memset(code, 0, sizeof *code);
    memcpy(code->symbols, table->huffval, sizeof code->symbols);
    int32_t value = 0, index = 0;
    for (int length = 1; length <= 16; ++length, value <<= 1) {
        code->offset[length] = index - value;
        for (int i = 0; i < table->bits[length]; ++i, ++value, ++index) {
            if (length > LOOKUP_BITS) continue;
            const int free_bits = LOOKUP_BITS - length, symbol = code->symbols[index & 255];
            for (int low = 0; low < 1 << free_bits; ++low) {
                const int place = (value << free_bits | low) & ((1 << LOOKUP_BITS) - 1);
                code->lookup[place] = known_value(symbol, length, (uint64_t)low << (63 - free_bits) << 1, is_mean);
            }
        }
        code->largest[length] = table->bits[length] ? value - 1 : -1;
    }
}

// Makes the table of coefficients that are skipped together, of a code of coefficients.
static void make_skips(struct code *code) {
    for (unsigned place = 0; place < 1 << LOOKUP_BITS; ++place) {
        int bits = 0, steps = 0, end = 0;
        while (!end && bits < LOOKUP_BITS) {
            const int32_t known = code->lookup[place << bits & ((1 << LOOKUP_BITS) - 1)];
            const int step = known >> 8 & 255, own = known & 63, size = known & NEEDS_VALUE ? known >> 16 : 0;
            if (!known || bits + own > LOOKUP_BITS || (step != BLOCK_END && steps + step > 62)) break;
            if (step == BLOCK_END) end = SKIPPED_END;
            else steps += step;
            bits += own + size;
        }
        code->skips[place] = (uint16_t)(steps * SKIPPED_STEP | end | bits);
    }
}

// Returns the number of entries in a row of units. `every` is positive.
static uint32_t entries_per_row(const struct jpeg_decompress_struct *info, uint32_t every) {
    return (info->MCUs_per_row - 1) / every + 1;
}

static void make_codes(j_decompress_ptr info, struct code *means, struct code *others, bool can_skip) {
    unsigned made = 0;
    for (int i = 0; i < info->comps_in_scan; ++i) {
        const int mean = info->cur_comp_info[i]->dc_tbl_no, other = info->cur_comp_info[i]->ac_tbl_no;
        if (!(made >> mean & 1)) make_code(&means[mean], info->dc_huff_tbl_ptrs[mean], true);
        if (!(made >> other & 16)) {
            make_code(&others[other], info->ac_huff_tbl_ptrs[other], false);
            if (can_skip) make_skips(&others[other]);
        }
        made |= 1u << mean | 16u << other;
    }
}

static uint32_t number32(const uint8_t *bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void write_number(uint8_t *bytes, uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes[i] = (uint8_t)(value >> 8 * i);
}

// Returns the bytes of an entry for a row and a column of units.
static const uint8_t *entry_at(const struct colonnade_jpeg_reader *reader, uint32_t row, uint32_t column) {
    return reader->entries + ((size_t)row * reader->per_row + column / reader->every) * COLONNADE_JPEG_ENTRY;
}

static boolean read_unit(j_decompress_ptr info, JBLOCKROW *blocks) {
    struct colonnade_jpeg_reader *reader = info->client_data;
    const uint32_t row = reader->row, column = reader->column;
    if (++reader->column == reader->columns) {
        reader->column = 0;
        ++reader->row;
    }
    if (!blocks || column < reader->seek || column > reader->last) return TRUE;
    if (column == reader->seek) {
        const uint8_t *entry = entry_at(reader, row, column);
        const uint32_t place = number32(entry);
        reader->bits = (struct bits){reader->bytes + place / 8, reader->bytes + reader->length, 0, 0, 0};
        fill_bits(&reader->bits);
        skip_bits(&reader->bits, (int)(place % 8));
        for (int i = 0; i < info->comps_in_scan; ++i) {
            const uint8_t *mean = entry + 4 + 2 * i;
            reader->mean[i] = (int16_t)(mean[0] | mean[1] << 8);
        }
    }
    // The copy stays in registers.
    struct bits bits = reader->bits;
    int block = 0;
    bool is_code = true;
    for (int i = 0; i < info->comps_in_scan; ++i) {
        const struct code *means = &reader->means[info->cur_comp_info[i]->dc_tbl_no];
        const struct code *others = &reader->others[info->cur_comp_info[i]->ac_tbl_no];
        for (int end = block + info->cur_comp_info[i]->MCU_blocks; block < end; ++block) {
            if (column < reader->first) is_code &= skip_block(&bits, means, others, &reader->mean[i]);
            else is_code &= next_block(&bits, means, others, &reader->mean[i], (int16_t *)blocks[block]);
        }
    }
    reader->bits = bits;
    if (!is_code) {
        colonnade_jpeg_fail((j_common_ptr)info, COLONNADE_IMAGE_DAMAGED, "Corrupt JPEG data: bad Huffman code");
    }
    if (is_beyond_end(&bits)) {
        colonnade_jpeg_fail((j_common_ptr)info, COLONNADE_IMAGE_DAMAGED, "Corrupt JPEG data: premature end of data segment");
    }
    return TRUE;
}

bool colonnade_jpeg_enter(j_decompress_ptr info, struct colonnade_jpeg_reader *reader, const uint8_t *bytes, size_t length,
                          const struct colonnade_jpeg_entries *entries, uint32_t left, uint32_t across,
                          const struct colonnade_rectangle *part) {
    if (!has_one_scan(info) || entries->length < COLONNADE_JPEG_ENTRIES_HEADER) return false;
    reader->every = number32(entries->bytes);
    if (reader->every == 0) return false;
    // The pixels of a unit, which are fewer in a reduced picture.
    const uint32_t block = DCTSIZE / info->scale_denom;
    const uint32_t wide = (uint32_t)info->max_h_samp_factor * block, high = (uint32_t)info->max_v_samp_factor * block;
    reader->columns = info->MCUs_per_row;
    reader->per_row = entries_per_row(info, reader->every);
    const size_t count = (size_t)reader->per_row * info->MCU_rows_in_scan;
    if (entries->length - COLONNADE_JPEG_ENTRIES_HEADER != count * COLONNADE_JPEG_ENTRY) return false;
    reader->entries = entries->bytes + COLONNADE_JPEG_ENTRIES_HEADER;
    reader->first = left / wide;
    reader->last = (left + across - 1) / wide;
    reader->seek = reader->first / reader->every * reader->every;
    const size_t start = (size_t)(info->src->next_input_byte - bytes);
    // Fancy upsampling reads the rows of units above and below.
    const uint32_t top = part->y / high, end = (part->y + part->height - 1) / high;
    for (uint32_t row = top > 0 ? top - 1 : 0; row <= end + 1 && row < info->MCU_rows_in_scan; ++row) {
        const size_t position = number32(entry_at(reader, row, reader->seek)) / 8;
        if (position < start || position >= length) return false;
    }
    make_codes(info, reader->means, reader->others, reader->seek < reader->first);
    reader->bytes = bytes;
    reader->length = length;
    reader->row = reader->column = 0;
    reader->bits = (struct bits){bytes + start, bytes + length, 0, 0, 0};
    info->client_data = reader;
    info->entropy->decode_mcu = read_unit;
    return true;
}

// Returns the number of bits before the next one.
static uint32_t place_of(const struct bits *bits, const uint8_t *start, const uint8_t *bytes) {
    int left = bits->count - 8 * bits->added;
    const uint8_t *at = bits->at;
    for (; left > 0; left -= 8) at -= at - start >= 2 && at[-1] == 0 && at[-2] == 0xFF ? 2 : 1;
    return (uint32_t)(at - bytes) * 8 + (uint32_t)-left;
}

// The number of bytes of a file from which places do not fit into 32 bits.
enum { LARGE_FILE = 1 << 29 };

int32_t colonnade_jpeg_index(const uint8_t *bytes, size_t length, uint32_t every, uint8_t *entries, size_t capacity,
                             size_t *used, char *message) {
    struct jpeg_decompress_struct info;
    struct colonnade_jpeg_errors errors;
    struct code *volatile codes = NULL;
    int32_t result = COLONNADE_IMAGE_DONE;
    *used = 0;
    memset(&info, 0, sizeof info);
    info.err = colonnade_jpeg_errors(&errors, message);
    if (setjmp(errors.jump)) {
        free(codes);
        jpeg_destroy_decompress(&info);
        return errors.result;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes, length);
    jpeg_read_header(&info, TRUE);
    colonnade_jpeg_check_precision(&info);
    if (!info.progressive_mode && !info.arith_code && !jpeg_has_multiple_scans(&info) && every > 0 && length < LARGE_FILE) {
        jpeg_start_decompress(&info);
        const size_t rows = info.MCU_rows_in_scan, per_row = entries_per_row(&info, every);
        const size_t size = COLONNADE_JPEG_ENTRIES_HEADER + rows * per_row * COLONNADE_JPEG_ENTRY;
        if (has_one_scan(&info) && size <= capacity) {
            codes = malloc(8 * sizeof *codes);
            if (!codes) colonnade_jpeg_fail((j_common_ptr)&info, COLONNADE_IMAGE_NO_MEMORY, "there is not enough memory");
            make_codes(&info, codes, codes + 4, true);
            const uint8_t *start = info.src->next_input_byte;
            struct bits bits = {start, bytes + length, 0, 0, 0};
            int mean[MAX_COMPS_IN_SCAN] = {0};
            bool is_correct = true;
            uint8_t *entry = entries + COLONNADE_JPEG_ENTRIES_HEADER;
            write_number(entries, every, COLONNADE_JPEG_ENTRIES_HEADER);
            for (size_t unit = 0; unit < rows * info.MCUs_per_row && is_correct; ++unit) {
                if (unit % info.MCUs_per_row % every == 0) {
                    write_number(entry, place_of(&bits, start, bytes), 4);
                    for (int i = 0; i < 3; ++i) {
                        write_number(entry + 4 + 2 * i, (uint32_t)mean[i], 2);
                        is_correct &= mean[i] == (int16_t)mean[i];
                    }
                    entry += COLONNADE_JPEG_ENTRY;
                }
                for (int i = 0; i < info.comps_in_scan; ++i) {
                    const jpeg_component_info *component = info.cur_comp_info[i];
                    const struct code *means = &codes[component->dc_tbl_no], *others = &codes[4 + component->ac_tbl_no];
                    for (int block = 0; block < component->MCU_blocks; ++block) {
                        is_correct &= skip_block(&bits, means, others, &mean[i]);
                    }
                }
                is_correct &= !is_beyond_end(&bits);
            }
            if (is_correct) *used = size;
            else result = COLONNADE_IMAGE_NOT_IN_PARTS;
        }
    }
    free(codes);
    jpeg_destroy_decompress(&info);
    return result;
}

// The size of the picture that `can_enter` decodes, and the units between its entries.
enum { PROBE_WIDTH = 80, PROBE_HEIGHT = 56, PROBE_EVERY = 2, PROBE_CAPACITY = 1024 };

// Whether the library decodes by entries as it should.
enum answer { UNKNOWN, NO, YES };

// Returns the answer that the result of a function of the probe permits: another try may find more memory.
static enum answer answer_of(int32_t result) {
    return result == COLONNADE_IMAGE_DONE ? YES : result == COLONNADE_IMAGE_NO_MEMORY ? UNKNOWN : NO;
}

static enum answer compare_parts(const uint8_t *file, size_t length) {
    char message[COLONNADE_IMAGE_MESSAGE];
    uint8_t list[PROBE_CAPACITY];
    struct colonnade_jpeg_entries entries = {list, 0};
    bool is_entered = false;
    uint8_t expected[PROBE_WIDTH * PROBE_HEIGHT * 3], found[sizeof expected];
    struct colonnade_rectangle plain = {37, 21, 30, 30}, entered = plain;
    enum answer answer =
        answer_of(colonnade_jpeg_index(file, length, PROBE_EVERY, list, PROBE_CAPACITY, &entries.length, message));
    if (answer != YES) return answer;
    if (entries.length == 0) return NO;
    answer = answer_of(
        colonnade_jpeg_decode_part(file, length, PROBE_WIDTH, PROBE_HEIGHT, 1, NULL, &plain, expected, &is_entered, message));
    if (answer != YES) return answer;
    answer = answer_of(
        colonnade_jpeg_decode_part(file, length, PROBE_WIDTH, PROBE_HEIGHT, 1, &entries, &entered, found, &is_entered, message));
    if (answer != YES) return answer;
    const bool is_equal = is_entered && plain.x == entered.x && plain.width == entered.width &&
                          memcmp(expected, found, (size_t)plain.width * plain.height * 3) == 0;
    return is_equal ? YES : NO;
}

bool colonnade_jpeg_can_enter(void) {
    static _Atomic(enum answer) known = UNKNOWN;
    enum answer answer = atomic_load(&known);
    if (answer == UNKNOWN) {
        // Threads that ask at once find the same answer.
        uint8_t pixels[PROBE_WIDTH * PROBE_HEIGHT * 3], *file = NULL;
        for (size_t i = 0; i < sizeof pixels; ++i) pixels[i] = (uint8_t)(i * i / 7 + i);
        size_t length = 0;
        char message[COLONNADE_IMAGE_MESSAGE];
        answer = answer_of(colonnade_jpeg_encode(pixels, PROBE_WIDTH, PROBE_HEIGHT, 3, 90, &file, &length, message));
        if (answer == YES) {
            answer = compare_parts(file, length);
            colonnade_image_free(file);
        }
        if (answer != UNKNOWN) atomic_store(&known, answer);
    }
    return answer == YES;
}
