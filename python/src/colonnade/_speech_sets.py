# SPDX-License-Identifier: Apache-2.0
"""LibriSpeech, LibriTTS-R and Speech Commands from their archives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ._buffer import Buffer
from ._errors import Error
from ._factories import buffer_from_vector, files_from_tar
from ._operations import Sample
from ._set_files import Root, existing, split_of
from ._stream import Stream

__all__ = [
    "load_librispeech",
    "load_librispeech_tarfile",
    "load_libritts_r",
    "load_libritts_r_tarfile",
    "load_speechcommands",
]

_SPLITS = [
    "dev-clean",
    "dev-other",
    "test-clean",
    "test-other",
    "train-clean-100",
    "train-clean-360",
    "train-other-500",
]


def _archive(root: Root, name: str, file: str, url: str) -> Path:
    found = existing(root, name, [file, f"{file}.gz"], url)
    if found.suffix == ".gz":
        raise Error(
            f"{found} is compressed, and members of a compressed archive cannot be read one by one: run gunzip {found.name} first"
        )
    return found


def _members(archive: Path, chosen: _Ends) -> Buffer:
    """Returns the names of the files in an archive that have an ending. Raises Error if there are none."""
    files = files_from_tar(archive).filter(chosen)
    if not len(files):
        raise Error(f"{archive} has no file *{chosen.ending.decode()}: it is another data set, or incomplete")
    return files


def load_librispeech_tarfile(
    root: Root = None, split: str = "dev-clean", quiet: bool = False, validate_download: bool = True
) -> Path:
    """Returns the path of the archive of a split of LibriSpeech.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> (root / "dev-clean.tar").touch()
    >>> dx.datasets.load_librispeech_tarfile(root).name
    'dev-clean.tar'

    `root` is the folder with the archive, without gzip; by default `~/.cache/mlx.data/librispeech`. Nothing is downloaded:
    MissingFileError says where the archive is found, and `quiet` and `validate_download` have no effect.
    """
    file = f"{split_of(split, _SPLITS)}.tar"
    return _archive(root, "librispeech", file, "https://www.openslr.org/12")


def load_librispeech(
    root: Root = None, split: str = "dev-clean", quiet: bool = False, validate_download: bool = True
) -> Buffer:
    """Returns the sound and the transcripts of a split of LibriSpeech, which stay in its archive.

    >>> import colonnade as dx
    >>> try:
    ...     dx.datasets.load_librispeech("/nowhere", split="dev-other")
    ... except FileNotFoundError as error:
    ...     print("openslr.org/12" in str(error))
    True

    `audio` is float32 of the shape (frames, 1), as `load_audio` returns it; `transcript` is the text in lower case, and
    `audio_file` the path in the archive, both as bytes. The samples are in the order of the archive. A sample reads its own
    bytes of the archive, and needs libsndfile. The arguments are those of `load_librispeech_tarfile`.
    """
    archive = load_librispeech_tarfile(root, split)
    lines = (
        _members(archive, _IsText())
        .to_stream()
        .read_from_tar(archive, "file", "samples")
        .line_reader_from_key("samples", "sample", from_memory=True)
        .to_buffer()
    )
    if not len(lines):
        raise Error(f"{archive} has no line of a transcript: it is another data set, or incomplete")
    return (
        lines.to_stream()
        .sample_transform(_utterance)
        .to_buffer()
        .read_from_tar(archive, "audio_file", "audio", prefix=f"LibriSpeech/{split}")
        .load_audio("audio", from_memory=True)
    )


class _Ends:
    """A function that says whether the name of a file has an ending."""

    ending = b""

    def __call__(self, sample: Sample) -> bool:
        return bool(sample["file"].tobytes().endswith(self.ending))


class _IsText(_Ends):
    ending = b".trans.txt"


class _IsSound(_Ends):
    ending = b".wav"


def _utterance(sample: Sample) -> Sample:
    """Returns the path and the text of a line such as `84-121123-0000 GO DO YOU HEAR`."""
    name, _, text = sample["sample"].tobytes().partition(b" ")
    parts = name.split(b"-")
    if len(parts) != 3 or not text:
        raise Error(f"the line {name!r} of a transcript is no name and a text: this is no archive of LibriSpeech")
    return {"audio_file": b"/".join([*parts[:-1], name + b".flac"]), "transcript": text.lower()}


def load_libritts_r_tarfile(
    root: Root = None, split: str = "dev-clean", quiet: bool = False, validate_download: bool = True
) -> Path:
    """Returns the path of the archive of a split of LibriTTS-R, as `load_librispeech_tarfile` does for LibriSpeech.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> (root / "test_other.tar").touch()
    >>> dx.datasets.load_libritts_r_tarfile(root, "test-other").name
    'test_other.tar'

    The default of `root` is `~/.cache/mlx.data/libritts_r`.
    """
    file = f"{split_of(split, _SPLITS).replace('-', '_')}.tar"
    return _archive(root, "libritts_r", file, "https://www.openslr.org/141")


def load_libritts_r(
    root: Root = None, split: str = "dev-clean", quiet: bool = False, validate_download: bool = True
) -> Stream:
    """Returns a stream of the sound and the transcripts of a split of LibriTTS-R, which stay in its archive.

    >>> import colonnade as dx
    >>> try:
    ...     dx.datasets.load_libritts_r("/nowhere")
    ... except FileNotFoundError as error:
    ...     print("openslr.org/141" in str(error))
    True

    `audio` is float32 of the shape (frames, 1), `transcript` the normalised text as uint8, and `file` and `transcript_file` the
    paths in the archive, as bytes. The arguments are those of `load_libritts_r_tarfile`.
    """
    archive = load_libritts_r_tarfile(root, split)
    return (
        _members(archive, _IsSound())
        .to_stream()
        .key_transform("file", _transcript_name, "transcript_file")
        .read_from_tar(archive, "transcript_file", "transcript")
        .read_from_tar(archive, "file", "audio")
        .load_audio("audio", from_memory=True)
    )


def _transcript_name(file: Any) -> bytes:
    return bytes(file.tobytes().removesuffix(b".wav") + b".normalized.txt")


def load_speechcommands(
    root: Root = None, split: str = "train", quiet: bool = False, validate_download: bool = True
) -> Buffer:
    """Returns the sound and the labels of Speech Commands v0.02, which stay in its archive.

    >>> import colonnade as dx
    >>> try:
    ...     dx.datasets.load_speechcommands("/nowhere", split="test")
    ... except FileNotFoundError as error:
    ...     print("speech_commands_v0.02.tar" in str(error))
    True

    `audio` is float32 of the shape (frames, 1), `label` the index of the word among the sorted words, as int64, and `file` the path
    in the archive, as bytes. The splits are train, validation and test, as the lists in the archive have them. Samples are
    sorted by file. `root` is the folder with `speech_commands_v0.02.tar`, without gzip; by default
    `~/.cache/mlx.data/speechcommands`. Nothing is downloaded, and `quiet` and `validate_download` have no effect.
    """
    split_of(split, ["train", "validation", "test"])
    name = "speech_commands_v0.02.tar"
    archive = _archive(root, "speechcommands", name, f"http://download.tensorflow.org/data/{name}.gz")
    lists = {"validation": b"validation_list.txt", "test": b"testing_list.txt"}
    files = [sample["file"].tobytes() for sample in files_from_tar(archive)]
    # The names in the archive begin with `./`, and those in its lists do not.
    plain = {file.removeprefix(b"./"): file for file in files}
    missing = [text.decode() for text in lists.values() if text not in plain]
    if missing:
        raise Error(f"{archive} lacks {' and '.join(missing)}: it is another data set, or incomplete")
    listing = buffer_from_vector([{"file": plain[text]} for text in lists.values()]).read_from_tar(
        archive, "file", "list"
    )
    chosen = {part: set(sample["list"].tobytes().split()) for part, sample in zip(lists, listing)}
    sounds = {f for f in plain if b"_nohash_" in f and f.endswith(b".wav") and not f.startswith(b"_background_noise_")}
    absent = sorted((chosen["validation"] | chosen["test"]) - sounds)
    if absent:
        raise Error(f"{archive} lacks {absent[0].decode(errors='replace')}, which its lists name: it is incomplete")
    chosen["train"] = sounds - chosen["validation"] - chosen["test"]
    if not chosen[split]:
        raise Error(f"{archive} has no sound of the split {split}: it is another data set, or incomplete")
    words = sorted({_word(file) for file in sounds})
    rows = [{"file": plain[file], "label": words.index(_word(file))} for file in sorted(chosen[split])]
    return buffer_from_vector(rows).read_from_tar(archive, "file", "audio").load_audio("audio", from_memory=True)


def _word(file: bytes) -> bytes:
    return file.split(b"/")[-2] if b"/" in file else b""
