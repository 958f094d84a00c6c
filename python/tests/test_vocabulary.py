# SPDX-License-Identifier: Apache-2.0
"""Compares the names, arguments and defaults of the package with those of MLX Data 0.2.0, which are listed here.

Names that the package lacks on purpose are in `MISSING`, and docs/MLX-DATA.md has the reasons.
"""

from __future__ import annotations

import ast
import enum
import inspect
from pathlib import Path
from typing import Any

import colonnade as dx
import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs/MLX-DATA.md"

#: Operations of buffers and streams; `+` marks those that have a twin with `_if`.
BOTH = """
+ key_transform(key, func, output_key='')
+ sample_transform(func)
+ filter_by_shape(key, dim, low=-1, high=-1)
+ filter_key(key, remove=False)
+ rename_key(key, output_key)
+ shape(key, output_key, dim=None)
+ squeeze(key, dim=None, output_key='')
+ shard(key, num_shards, output_key='')
+ slice(ikey, dims, starts, ends, output_key='')
+ random_slice(ikey, dims, sizes, output_key='')
+ pad(key, dim, lpad, rpad, pad_value, output_key='')
+ pad_to_size(key, dim, size, pad_value, output_key='')
+ pad_to_multiple(key, dim, pad_multiple, pad_value, output_key='')
+ remove_value(key, size_key, dim, value, pad=0)
+ replace(key, old, replacement, count=-1)
+ replace_bytes(ikey, byte_map, output_key='')
+ tokenize(key, trie, mode='Shortest', ignore_unk=False, trie_key_scores=[], output_key='')
+ tokenize_bpe(key, symbols, merges, output_key='')
+ image_center_crop(key, w, h, output_key='')
+ image_random_crop(key, w, h, output_key='')
+ image_random_area_crop(key, area_range, aspect_ratio_range, num_trial=10, output_key='')
+ image_random_h_flip(key, prob, output_key='')
+ image_resize(key, w, h, output_key='')
+ image_resize_smallest_side(key, size, output_key='')
+ image_rotate(key, angle, crop=False, output_key='')
+ image_channel_reduction(key, preset='default', output_key='')
+ load_image(key, prefix='', info=False, format='RGB', from_memory=False, output_key='')
+ save_image(key, filename_key, prefix, filenamePrefix='')
+ load_file(key, prefix='', output_key='')
+ load_numpy(key, prefix='', from_memory=False, output_key='')
+ load_audio(key, prefix='', info=False, from_memory=False, info_type='All', sample_rate=0, \
resampling_quality='sinc-fastest', info_key='', output_key='')
+ resample_audio(key, sample_rate, input_sample_rate=0, info_key='', resampling_quality='sinc-fastest', output_key='')
+ load_video(key, prefix='', info=False, from_memory=False, output_key='')
+ read_from_tar(tarkey, ikey, okey, prefix='', tar_prefix='', from_key=False, file_fetcher=None, nested=False, num_threads=1)
+ partition(num_partitions, partition)
"""
BUFFER = """
append(buffer)
batch(batch_size, pad={}, dim={})
concretize()
dynamic_batch(key, *, size_buffer=None, min_data_size=-1, max_data_size=-1, pad={}, dim={}, drop_outliers=False)
ordered_prefetch(prefetch_size, num_thread)
perm(perm)
+ shuffle()
size()
to_stream()
"""
STREAM = """
batch(batch_size, pad={}, dim={})
buffered(buffer_size, on_refill=None, num_threads=1)
csv_reader_from_key(key, sep=',', quote='"', from_memory=False, local_prefix='', file_fetcher=None)
line_reader_from_key(key, dst_key, from_memory=False, unzip=False, local_prefix='', file_fetcher=None)
dynamic_batch(buffer_size, key, *, min_data_size=-1, max_data_size=-1, pad={}, dim={}, shuffle=False, drop_outliers=False, \
max_skipped_samples=1000, num_threads=1)
+ prefetch(prefetch_size, num_threads)
repeat(num_time)
+ shuffle(buffer_size)
sliding_window(key, size, stride, dim=-1, index_key='')
to_buffer()
next()
reset()
"""
MODULES = {
    "": """
buffer_from_vector(data)
files_from_tar(tarfile, nested=False, num_threads=1)
stream_csv_reader(file, sep=',', quote='"', *, local_prefix='', file_fetcher=None)
stream_csv_reader_from_string(content, sep=',', quote='"')
stream_line_reader(file, key, unzip=False, *, local_prefix='', file_fetcher=None)
stream_python_iterable(iterable_factory)
""",
    "core": """
levenshtein()
remove(x, lengths, dim, value, pad)
uniq(x, lengths, dim, pad)
set_state(seed=1234)
version()
libs_version()
""",
    "tokenizer_helpers": """
read_trie_from_spm(spm_file)
read_bpe_from_spm(spm_file)
read_trie_from_vocab(vocab_file)
read_bpe_from_hf(json_file, add_special_tokens=True)
gpt2_byte_map()
""",
    "features": """
mfsc(n_filterbank, sampling_freq, frame_size_ms=25, frame_stride_ms=10, pre_emphasis_coeff=0.97, window_type='Hamming', \
low_freq=0, high_freq=-1, mel_floor=1.0, freq_scale='MEL', post_process=None)
""",
    "datasets": """
load_mnist(root=None, train=True)
load_fashion_mnist(root=None, train=True)
load_cifar10(root=None, train=True, quiet=False, validate_download=True)
load_cifar100(root=None, train=True, quiet=False, validate_download=True)
load_images_from_folder(image_folder)
load_imagenet(root=None, split='train', quiet=False, validate_download=True, tar_index_threads=None)
load_imagenet_metadata()
load_librispeech(root=None, split='dev-clean', quiet=False, validate_download=True)
load_librispeech_tarfile()
load_libritts_r()
load_libritts_r_tarfile()
load_wikitext_lines(root=None, split='train', subset='wikitext-103-raw', quiet=False, validate_download=True)
load_speechcommands(root=None, split='train', quiet=False, validate_download=True)
""",
}
CLASSES = """
Buffer BufferIterator Stream TokenizeMode LoadAudioInfo Shortest Rand All NumFrames NumChannels SampleRate NumSeconds
core.ArrayType core.BPEMerges core.BPETokenizer core.CharTrie core.CharTrieNode core.FileFetcher core.FileFetcherHandle
core.GraphInt64 core.Tokenizer core.TokenizerIterator core.AWSFileFetcher features.WindowType features.FrequencyScale
""".split()
METHODS = """
core.CharTrie.insert core.CharTrie.search core.CharTrie.num_keys core.CharTrie.key core.CharTrie.key_string
core.CharTrie.key_bytes core.CharTrie.root core.CharTrieNode.id core.CharTrieNode.uid core.CharTrieNode.accepts
core.CharTrieNode.children core.Tokenizer.tokenize core.Tokenizer.tokenize_shortest core.Tokenizer.tokenize_rand
core.BPEMerges.add core.BPEMerges.can_merge core.BPETokenizer.tokenize core.FileFetcher.fetch core.FileFetcher.prefetch
core.FileFetcher.cancel_prefetch core.FileFetcher.erase
""".split()
#: Names that the package lacks. Each is on the page of the differences.
MISSING = ["datasets.load_imagenet", "datasets.load_imagenet_metadata", "core.AWSFileFetcher", "BufferIterator"]


def listed() -> list[tuple[str, str]]:
    """Returns the dotted name and the arguments of each function."""
    sources = [("Buffer.", BOTH), ("Stream.", BOTH), ("Buffer.", BUFFER), ("Stream.", STREAM)]
    sources += [(f"{module}." if module else "", text) for module, text in MODULES.items()]
    found = []
    for owner, text in sources:
        for line in text.strip().split("\n"):
            name, _, arguments = line.removeprefix("+ ").partition("(")
            arguments = arguments.removesuffix(")")
            found.append((f"{owner}{name}", arguments))
            if line.startswith("+ "):
                found.append((f"{owner}{name}_if", f"cond, {arguments}".removesuffix(", ")))
    return found


def value(name: str) -> Any:
    found: Any = dx
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize(("name", "arguments"), [pair for pair in listed() if pair[0] not in MISSING])
def test_arguments_are_those_of_mlx_data(name: str, arguments: str) -> None:
    theirs = ast.parse(f"def f({arguments}): pass").body[0].args  # type: ignore[attr-defined]
    ours = list(inspect.signature(value(name)).parameters.values())
    if ours and ours[0].name == "self":
        ours = ours[1:]
    if [a.name for a in ours[1:]] == ["arguments", "options"]:  # overloads of shard_if have the arguments
        return
    positional, keyword = [a.arg for a in theirs.args], [a.arg for a in theirs.kwonlyargs]
    if not positional and not keyword:
        return
    assert [a.name for a in ours[: len(positional)]] == positional
    assert set(keyword) <= {a.name for a in ours}
    defaults = dict(zip(positional[len(positional) - len(theirs.defaults) :], theirs.defaults))
    defaults |= dict(zip(keyword, theirs.kw_defaults))
    for argument in ours:
        if argument.name in positional + keyword:
            default = defaults.get(argument.name)
            if default is not None:
                expected = ast.literal_eval(default)
                ours_default = argument.default.name if isinstance(argument.default, enum.Enum) else argument.default
                assert ours_default == expected or (not expected and not ours_default), argument
        else:
            assert argument.default is not argument.empty or argument.kind is argument.VAR_KEYWORD, argument


@pytest.mark.parametrize("name", [name for name in CLASSES + METHODS if name not in MISSING])
def test_classes_and_methods(name: str) -> None:
    value(name)


def test_missing_names_are_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in MISSING:
        assert f"`{name}`" in page, name
        with pytest.raises(AttributeError, match="does not exist here: |BufferIterator"):
            value(name)
