/* SPDX-License-Identifier: Apache-2.0 */

/* Passes whose batches of texts have no padding, tokenizers for texts that are not in a pipeline, and models of SentencePiece.
 *
 * In a pipeline, the operations "tokenize" and "tokenize_bpe" of `colonnade_apply` do the same. */
#ifndef COLONNADE_TEXT_H
#define COLONNADE_TEXT_H

#include "colonnade.h"

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-extension"
#pragma clang assume_nonnull begin
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Begins a pass as `colonnade_begin` does, for callers that make an object of each text: batches of texts have no padding where that
 * saves work. Such a tensor of texts has one dimension instead of two. It has the number of texts, the length of each in bytes, both as
 * int64_t, and then the texts, each at a multiple of 8 bytes from the start. */
colonnade_pass *COLONNADE_NULLABLE colonnade_begin_unpadded(
    colonnade_pipeline *pipeline, int64_t epoch, const char *COLONNADE_NULLABLE position, colonnade_error *COLONNADE_NULLABLE error);

/* A tokenizer, which never changes: any number of threads may use it at once. `colonnade_release` releases it. */
typedef struct colonnade_tokenizer colonnade_tokenizer;

/* Makes the tokenizer of an operation, "tokenize" or "tokenize_bpe", from the arguments of the operation except key, output and
 * seed. */
colonnade_tokenizer *COLONNADE_NULLABLE colonnade_make_tokenizer(
    const char *operation, const colonnade_argument *COLONNADE_NULLABLE arguments, size_t argument_count,
    colonnade_error *COLONNADE_NULLABLE error);

/* Puts the ids of the tokens of a text into `ids`, as int64. With a seed, they are those of one of all ways to tokenize it, except
 * for "tokenize_bpe". Returns 0, or -1 on failure. */
int32_t colonnade_tokenize(
    const colonnade_tokenizer *tokenizer, const void *COLONNADE_NULLABLE bytes, size_t size,
    const uint64_t *COLONNADE_NULLABLE seed, colonnade_tensor *ids, colonnade_error *COLONNADE_NULLABLE error);

/* Puts all ways to tokenize a text into `edges`, as rows of three int64: the first byte of a token, the byte after it, and its id,
 * or -1 for an unknown byte. The rows are in the order of their first bytes. Returns 0, or -1 on failure. */
int32_t colonnade_tokenize_all_ways(
    const colonnade_tokenizer *tokenizer, const void *COLONNADE_NULLABLE bytes, size_t size, colonnade_tensor *edges,
    colonnade_error *COLONNADE_NULLABLE error);

/* Reads the contents of a `.model` file of SentencePiece. Puts four tensors with an entry for each piece, except for the first: the
 * bytes of all pieces as uint8, where each ends as int64, the scores as float32, and the kinds as uint8: 1 normal, 2 unknown, 3 control, 4
 * defined by the user, 5 unused, 6 a byte. Returns 0, or -1 on failure. */
int32_t colonnade_read_sentencepiece(
    const void *COLONNADE_NULLABLE bytes, size_t size, colonnade_tensor *tensors, colonnade_error *COLONNADE_NULLABLE error);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#pragma clang diagnostic pop
#endif

#endif
