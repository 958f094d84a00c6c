# SPDX-License-Identifier: Apache-2.0
"""Compares the package with MLX Data 0.2.0, whose names are listed here.

It compares which functions, methods, classes, properties and members of enumerations there are, and the names, the order, the kinds
(by position or only by name) and the defaults of arguments, of constructors too. Types, and the values of
members, are not compared; test_against_mlx.py compares results.

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
load_librispeech_tarfile(root=None, split='dev-clean', quiet=False, validate_download=True)
load_libritts_r(root=None, split='dev-clean', quiet=False, validate_download=True)
load_libritts_r_tarfile(root=None, split='dev-clean', quiet=False, validate_download=True)
load_wikitext_lines(root=None, split='train', subset='wikitext-103-raw', quiet=False, validate_download=True)
load_speechcommands(root=None, split='train', quiet=False, validate_download=True)
""",
}
CLASSES = """
Buffer BufferIterator Stream TokenizeMode LoadAudioInfo Shortest Rand All NumFrames NumChannels SampleRate NumSeconds
core.ArrayType core.BPEMerges core.BPETokenizer core.CharTrie core.CharTrieNode core.FileFetcher core.FileFetcherHandle
core.GraphInt64 core.Tokenizer core.TokenizerIterator core.AWSFileFetcher features.WindowType features.FrequencyScale
""".split()
#: Constructors and methods of classes.
METHODS = """
core.BPEMerges()
core.BPEMerges.add(left, right, token)
core.BPEMerges.can_merge(left, right)
core.BPETokenizer(symbols, merges)
core.BPETokenizer.tokenize(input)
core.CharTrie()
core.CharTrie.insert(token, id=-1)
core.CharTrie.search(token)
core.CharTrie.root()
core.CharTrie.num_keys()
core.CharTrie.key(id)
core.CharTrie.key_string(id)
core.CharTrie.key_bytes(id)
core.CharTrieNode.accepts()
core.FileFetcher(num_prefetch_max=1, num_prefetch_threads=1, num_kept_files=0, verbose=False)
core.FileFetcher.fetch(filename)
core.FileFetcher.prefetch(filenames)
core.FileFetcher.cancel_prefetch()
core.FileFetcher.erase(filename)
core.Tokenizer(trie, ignore_unk=False, trie_key_scores=[])
core.Tokenizer.tokenize(input)
core.Tokenizer.tokenize_shortest(input)
core.Tokenizer.tokenize_rand(input)
"""
PROPERTIES = ["core.CharTrieNode.id", "core.CharTrieNode.uid", "core.CharTrieNode.children"]
#: Members of enumerations. MLX Data's `ArrayType` has no others.
MEMBERS = {
    "TokenizeMode": "Shortest Rand",
    "LoadAudioInfo": "All NumFrames NumChannels SampleRate NumSeconds",
    "core.ArrayType": "any uint8 int8 int32 int64 float double",
    "features.WindowType": "Hamming Hanning",
    "features.FrequencyScale": "MEL LOG10 LINEAR",
}
#: Functions whose arguments have no names in MLX Data, or are those of several overloads here.
UNCOMPARED = {"core.levenshtein", "Buffer.shard_if", "Stream.shard_if"}
#: Names that the package lacks. Each is on the page of the differences.
MISSING = ["datasets.load_imagenet", "datasets.load_imagenet_metadata", "core.AWSFileFetcher", "BufferIterator"]


def listed() -> list[tuple[str, str]]:
    """Returns the dotted name and the arguments of each function."""
    sources = [("Buffer.", BOTH), ("Stream.", BOTH), ("Buffer.", BUFFER), ("Stream.", STREAM)]
    sources += [(f"{module}." if module else "", text) for module, text in MODULES.items()] + [("", METHODS)]
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


def parameters(name: str) -> list[inspect.Parameter]:
    found = list(inspect.signature(value(name)).parameters.values())
    return found[1:] if found and found[0].name == "self" else found


@pytest.mark.parametrize(("name", "arguments"), [pair for pair in listed() if pair[0] not in {*MISSING, *UNCOMPARED}])
def test_arguments_are_those_of_mlx_data(name: str, arguments: str) -> None:
    theirs = ast.parse(f"def f({arguments}): pass").body[0].args  # type: ignore[attr-defined]
    ours = {a.name: a for a in parameters(name)}
    positional, keyword = [a.arg for a in theirs.args], [a.arg for a in theirs.kwonlyargs]
    assert list(ours)[: len(positional)] == positional
    # Each of their arguments can be given by name, and those without a star before them also by position.
    by_name = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
    assert all(ours[each].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for each in positional)
    assert all(ours[each].kind in by_name for each in keyword)
    defaults = dict(zip(positional[len(positional) - len(theirs.defaults) :], theirs.defaults))
    defaults |= {each: default for each, default in zip(keyword, theirs.kw_defaults) if default is not None}
    for argument in ours.values():
        if argument.name in defaults:
            expected = ast.literal_eval(defaults[argument.name])
            default = argument.default.name if isinstance(argument.default, enum.Enum) else argument.default
            # An empty list or dict of MLX Data may be an empty tuple or None here.
            assert default == expected or (expected in ([], {}) and default in ((), None)), argument
            assert isinstance(default, bool) == isinstance(expected, bool), argument
        elif argument.name in positional + keyword:
            continue  # it has no default there, and may have one here
        else:
            assert argument.default is not argument.empty or argument.kind is argument.VAR_KEYWORD, argument


@pytest.mark.parametrize("name", sorted(UNCOMPARED))
def test_functions_whose_arguments_are_not_compared(name: str) -> None:
    assert callable(value(name))


@pytest.mark.parametrize("name", [name for name in CLASSES if name not in MISSING])
def test_classes_and_members(name: str) -> None:
    found = value(name)
    assert isinstance(found, (type, enum.Enum))
    if name in MEMBERS:
        names = list(value(f"{name}.__members__"))
        assert [each for each in names if each in MEMBERS[name].split()] == MEMBERS[name].split()
        assert len(names) == len(MEMBERS[name].split()) or name == "core.ArrayType"


@pytest.mark.parametrize("name", PROPERTIES)
def test_properties(name: str) -> None:
    assert isinstance(value(name), property)


def test_iterators_of_tokens() -> None:
    trie = dx.core.CharTrie()
    trie.insert("a")
    tokens = dx.core.TokenizerIterator(dx.core.Tokenizer(trie).tokenize("aa"))
    assert iter(tokens) is tokens and next(tokens) == [0, 0] and next(tokens, None) is None


def test_missing_names_are_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in MISSING:
        assert f"`{name}`" in page, name
        with pytest.raises(AttributeError, match="does not exist here: |BufferIterator"):
            value(name)
