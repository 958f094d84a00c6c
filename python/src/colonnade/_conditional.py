# SPDX-License-Identifier: Apache-2.0
# Written by tools/make-twins: change the operations, and run it.
"""Operations that are applied only if a condition holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self, SupportsIndex

from numpy.typing import DTypeLike

from ._audio import Channels, LoadAudioInfo, ResamplingQuality
from ._fetcher import FileFetcher
from ._operations import (
    Alpha,
    ChannelPreset,
    ImageChannels,
    Orientation,
    PictureLayout,
    Pipelined,
    ResizeFilter,
    Sample,
)
from ._tokens import BPEMerges, CharTrie, TokenizeMode

__all__ = ["Conditional"]


class Conditional(Pipelined):
    """Operations and their twins: `x_if(cond, …)` ignores the other arguments unless `cond` is true."""

    __slots__ = ()

    def key_transform_if(
        self,
        cond: bool,
        key: str,
        func: Callable[..., Any],
        output_key: str = "",
        *,
        rng: bool = False,
        seed: int | None = None,
    ) -> Self:
        """Applies `key_transform(…)` if `cond` is true, and changes nothing otherwise."""
        return self.key_transform(key, func, output_key, rng=rng, seed=seed) if cond else self

    def sample_transform_if(
        self, cond: bool, func: Callable[..., Sample], *, rng: bool = False, seed: int | None = None
    ) -> Self:
        """Applies `sample_transform(…)` if `cond` is true, and changes nothing otherwise."""
        return self.sample_transform(func, rng=rng, seed=seed) if cond else self

    def filter_if(self, cond: bool, func: Callable[..., bool], *, rng: bool = False, seed: int | None = None) -> Self:
        """Applies `filter(…)` if `cond` is true, and changes nothing otherwise."""
        return self.filter(func, rng=rng, seed=seed) if cond else self

    def filter_by_shape_if(self, cond: bool, key: str, dim: int, low: int = -1, high: int = -1) -> Self:
        """Applies `filter_by_shape(…)` if `cond` is true, and changes nothing otherwise."""
        return self.filter_by_shape(key, dim, low, high) if cond else self

    def select_if(self, cond: bool, *keys: str | Iterable[str]) -> Self:
        """Applies `select(…)` if `cond` is true, and changes nothing otherwise."""
        return self.select(*keys) if cond else self

    def filter_key_if(self, cond: bool, key: str, remove: bool = False) -> Self:
        """Applies `filter_key(…)` if `cond` is true, and changes nothing otherwise."""
        return self.filter_key(key, remove) if cond else self

    def rename_key_if(self, cond: bool, key: str, output_key: str) -> Self:
        """Applies `rename_key(…)` if `cond` is true, and changes nothing otherwise."""
        return self.rename_key(key, output_key) if cond else self

    def cast_if(self, cond: bool, key: str, dtype: DTypeLike, output_key: str = "") -> Self:
        """Applies `cast(…)` if `cond` is true, and changes nothing otherwise."""
        return self.cast(key, dtype, output_key) if cond else self

    def scale_if(self, cond: bool, key: str, by: float, offset: float = 0.0, output_key: str = "") -> Self:
        """Applies `scale(…)` if `cond` is true, and changes nothing otherwise."""
        return self.scale(key, by, offset, output_key) if cond else self

    def normalize_if(
        self,
        cond: bool,
        key: str,
        mean: float | Sequence[float] | None = None,
        std: float | Sequence[float] | None = None,
        axis: int = -1,
        output_key: str = "",
    ) -> Self:
        """Applies `normalize(…)` if `cond` is true, and changes nothing otherwise."""
        return self.normalize(key, mean, std, axis, output_key) if cond else self

    def one_hot_if(
        self, cond: bool, key: str, num_classes: int | None = None, dtype: DTypeLike = "float32", output_key: str = ""
    ) -> Self:
        """Applies `one_hot(…)` if `cond` is true, and changes nothing otherwise."""
        return self.one_hot(key, num_classes, dtype, output_key) if cond else self

    def remove_value_if(self, cond: bool, key: str, size_key: str, dim: int, value: float, pad: float = 0) -> Self:
        """Applies `remove_value(…)` if `cond` is true, and changes nothing otherwise."""
        return self.remove_value(key, size_key, dim, value, pad) if cond else self

    def replace_if(self, cond: bool, key: str, old: str | bytes, replacement: str | bytes, count: int = -1) -> Self:
        """Applies `replace(…)` if `cond` is true, and changes nothing otherwise."""
        return self.replace(key, old, replacement, count) if cond else self

    def replace_bytes_if(self, cond: bool, ikey: str, byte_map: Sequence[str | bytes], output_key: str = "") -> Self:
        """Applies `replace_bytes(…)` if `cond` is true, and changes nothing otherwise."""
        return self.replace_bytes(ikey, byte_map, output_key) if cond else self

    def load_audio_if(
        self,
        cond: bool,
        key: str,
        prefix: str | os.PathLike[str] = "",
        info: bool = False,
        from_memory: bool = False,
        info_type: LoadAudioInfo = LoadAudioInfo.All,
        sample_rate: SupportsIndex = 0,
        resampling_quality: ResamplingQuality = "sinc-fastest",
        info_key: str = "",
        output_key: str = "",
        *,
        channels: Channels = "keep",
        segment_seconds: float | None = None,
        seed: int | None = None,
    ) -> Self:
        """Applies `load_audio(…)` if `cond` is true, and changes nothing otherwise."""
        return (
            self.load_audio(
                key,
                prefix,
                info,
                from_memory,
                info_type,
                sample_rate,
                resampling_quality,
                info_key,
                output_key,
                channels=channels,
                segment_seconds=segment_seconds,
                seed=seed,
            )
            if cond
            else self
        )

    def load_video_if(
        self,
        cond: bool,
        key: str,
        prefix: str | os.PathLike[str] = "",
        info: bool = False,
        from_memory: bool = False,
        output_key: str = "",
    ) -> Self:
        """Applies `load_video(…)` if `cond` is true, and changes nothing otherwise."""
        return self.load_video(key, prefix, info, from_memory, output_key) if cond else self

    def resample_audio_if(
        self,
        cond: bool,
        key: str,
        sample_rate: SupportsIndex,
        input_sample_rate: SupportsIndex = 0,
        info_key: str = "",
        resampling_quality: ResamplingQuality = "sinc-fastest",
        output_key: str = "",
    ) -> Self:
        """Applies `resample_audio(…)` if `cond` is true, and changes nothing otherwise."""
        return (
            self.resample_audio(key, sample_rate, input_sample_rate, info_key, resampling_quality, output_key)
            if cond
            else self
        )

    def tokenize_if(
        self,
        cond: bool,
        key: str,
        trie: CharTrie,
        mode: TokenizeMode = TokenizeMode.Shortest,
        ignore_unk: bool = False,
        trie_key_scores: Sequence[float] = (),
        output_key: str = "",
        *,
        seed: int | None = None,
    ) -> Self:
        """Applies `tokenize(…)` if `cond` is true, and changes nothing otherwise."""
        return self.tokenize(key, trie, mode, ignore_unk, trie_key_scores, output_key, seed=seed) if cond else self

    def tokenize_bpe_if(self, cond: bool, key: str, symbols: CharTrie, merges: BPEMerges, output_key: str = "") -> Self:
        """Applies `tokenize_bpe(…)` if `cond` is true, and changes nothing otherwise."""
        return self.tokenize_bpe(key, symbols, merges, output_key) if cond else self

    def load_file_if(self, cond: bool, key: str, prefix: str | os.PathLike[str] = "", output_key: str = "") -> Self:
        """Applies `load_file(…)` if `cond` is true, and changes nothing otherwise."""
        return self.load_file(key, prefix, output_key) if cond else self

    def load_numpy_if(
        self,
        cond: bool,
        key: str,
        prefix: str | os.PathLike[str] = "",
        from_memory: bool = False,
        output_key: str = "",
        *,
        dtype: DTypeLike | None = None,
        ndim: int | None = None,
    ) -> Self:
        """Applies `load_numpy(…)` if `cond` is true, and changes nothing otherwise."""
        return self.load_numpy(key, prefix, from_memory, output_key, dtype=dtype, ndim=ndim) if cond else self

    def read_from_tar_if(
        self,
        cond: bool,
        tarkey: str | os.PathLike[str],
        ikey: str,
        okey: str,
        prefix: str | os.PathLike[str] = "",
        tar_prefix: str | os.PathLike[str] = "",
        from_key: bool = False,
        file_fetcher: FileFetcher | None = None,
        nested: bool = False,
        num_threads: int = 1,
    ) -> Self:
        """Applies `read_from_tar(…)` if `cond` is true, and changes nothing otherwise."""
        return (
            self.read_from_tar(tarkey, ikey, okey, prefix, tar_prefix, from_key, file_fetcher, nested, num_threads)
            if cond
            else self
        )

    def load_image_if(
        self,
        cond: bool,
        key: str,
        prefix: str | os.PathLike[str] = "",
        info: bool = False,
        format: str = "RGB",
        from_memory: bool = False,
        output_key: str = "",
        *,
        alpha: Alpha = "drop",
        orientation: Orientation = "keep",
        channels: ImageChannels = "stored",
        draft: bool = False,
    ) -> Self:
        """Applies `load_image(…)` if `cond` is true, and changes nothing otherwise."""
        return (
            self.load_image(
                key,
                prefix,
                info,
                format,
                from_memory,
                output_key,
                alpha=alpha,
                orientation=orientation,
                channels=channels,
                draft=draft,
            )
            if cond
            else self
        )

    def save_image_if(
        self,
        cond: bool,
        key: str,
        filename_key: str,
        prefix: str | os.PathLike[str],
        filenamePrefix: str = "",
        *,
        quality: int = 80,
    ) -> Self:
        """Applies `save_image(…)` if `cond` is true, and changes nothing otherwise."""
        return self.save_image(key, filename_key, prefix, filenamePrefix, quality=quality) if cond else self

    def shape_if(self, cond: bool, key: str, output_key: str, dim: int | None = None) -> Self:
        """Applies `shape(…)` if `cond` is true, and changes nothing otherwise."""
        return self.shape(key, output_key, dim) if cond else self

    def reshape_if(self, cond: bool, key: str, shape: Sequence[int], output_key: str = "") -> Self:
        """Applies `reshape(…)` if `cond` is true, and changes nothing otherwise."""
        return self.reshape(key, shape, output_key) if cond else self

    def squeeze_if(self, cond: bool, key: str, dim: int | Sequence[int] | None = None, output_key: str = "") -> Self:
        """Applies `squeeze(…)` if `cond` is true, and changes nothing otherwise."""
        return self.squeeze(key, dim, output_key) if cond else self

    def slice_if(
        self,
        cond: bool,
        ikey: str,
        dims: int | Sequence[int],
        starts: int | Sequence[int],
        ends: int | Sequence[int],
        output_key: str = "",
    ) -> Self:
        """Applies `slice(…)` if `cond` is true, and changes nothing otherwise."""
        return self.slice(ikey, dims, starts, ends, output_key) if cond else self

    def random_slice_if(
        self,
        cond: bool,
        ikey: str,
        dims: int | Sequence[int],
        sizes: int | Sequence[int],
        output_key: str = "",
        *,
        seed: int | None = None,
    ) -> Self:
        """Applies `random_slice(…)` if `cond` is true, and changes nothing otherwise."""
        return self.random_slice(ikey, dims, sizes, output_key, seed=seed) if cond else self

    def pad_if(
        self, cond: bool, key: str, dim: int, lpad: int, rpad: int, pad_value: float, output_key: str = ""
    ) -> Self:
        """Applies `pad(…)` if `cond` is true, and changes nothing otherwise."""
        return self.pad(key, dim, lpad, rpad, pad_value, output_key) if cond else self

    def pad_to_size_if(self, cond: bool, key: str, dim: int, size: int, pad_value: float, output_key: str = "") -> Self:
        """Applies `pad_to_size(…)` if `cond` is true, and changes nothing otherwise."""
        return self.pad_to_size(key, dim, size, pad_value, output_key) if cond else self

    def pad_to_multiple_if(
        self, cond: bool, key: str, dim: int, pad_multiple: int, pad_value: float, output_key: str = ""
    ) -> Self:
        """Applies `pad_to_multiple(…)` if `cond` is true, and changes nothing otherwise."""
        return self.pad_to_multiple(key, dim, pad_multiple, pad_value, output_key) if cond else self

    def image_center_crop_if(self, cond: bool, key: str, w: int, h: int, output_key: str = "") -> Self:
        """Applies `image_center_crop(…)` if `cond` is true, and changes nothing otherwise."""
        return self.image_center_crop(key, w, h, output_key) if cond else self

    def image_random_crop_if(
        self, cond: bool, key: str, w: int, h: int, output_key: str = "", *, padding: int = 0, seed: int | None = None
    ) -> Self:
        """Applies `image_random_crop(…)` if `cond` is true, and changes nothing otherwise."""
        return self.image_random_crop(key, w, h, output_key, padding=padding, seed=seed) if cond else self

    def image_random_area_crop_if(
        self,
        cond: bool,
        key: str,
        area_range: tuple[float, float],
        aspect_ratio_range: tuple[float, float],
        num_trial: int = 10,
        output_key: str = "",
        *,
        seed: int | None = None,
    ) -> Self:
        """Applies `image_random_area_crop(…)` if `cond` is true, and changes nothing otherwise."""
        return (
            self.image_random_area_crop(key, area_range, aspect_ratio_range, num_trial, output_key, seed=seed)
            if cond
            else self
        )

    def image_random_resized_crop_if(
        self,
        cond: bool,
        key: str,
        w: int,
        h: int,
        output_key: str = "",
        *,
        area: tuple[float, float] = (0.08, 1),
        aspect: tuple[float, float] = (3 / 4, 4 / 3),
        filter: ResizeFilter = "triangle",
        antialias: bool = True,
        seed: int | None = None,
    ) -> Self:
        """Applies `image_random_resized_crop(…)` if `cond` is true, and changes nothing otherwise."""
        return (
            self.image_random_resized_crop(
                key, w, h, output_key, area=area, aspect=aspect, filter=filter, antialias=antialias, seed=seed
            )
            if cond
            else self
        )

    def image_random_h_flip_if(
        self, cond: bool, key: str, prob: float = 0.5, output_key: str = "", *, seed: int | None = None
    ) -> Self:
        """Applies `image_random_h_flip(…)` if `cond` is true, and changes nothing otherwise."""
        return self.image_random_h_flip(key, prob, output_key, seed=seed) if cond else self

    def image_random_v_flip_if(
        self, cond: bool, key: str, prob: float = 0.5, output_key: str = "", *, seed: int | None = None
    ) -> Self:
        """Applies `image_random_v_flip(…)` if `cond` is true, and changes nothing otherwise."""
        return self.image_random_v_flip(key, prob, output_key, seed=seed) if cond else self

    def image_random_erasing_if(
        self,
        cond: bool,
        key: str,
        prob: float = 0.5,
        output_key: str = "",
        *,
        area: tuple[float, float] = (0.02, 0.33),
        aspect: tuple[float, float] = (0.3, 3.3),
        value: float = 0,
        seed: int | None = None,
    ) -> Self:
        """Applies `image_random_erasing(…)` if `cond` is true, and changes nothing otherwise."""
        return (
            self.image_random_erasing(key, prob, output_key, area=area, aspect=aspect, value=value, seed=seed)
            if cond
            else self
        )

    def image_color_jitter_if(
        self,
        cond: bool,
        key: str,
        brightness: float | tuple[float, float] = 0,
        contrast: float | tuple[float, float] = 0,
        saturation: float | tuple[float, float] = 0,
        hue: float | tuple[float, float] = 0,
        output_key: str = "",
        *,
        seed: int | None = None,
    ) -> Self:
        """Applies `image_color_jitter(…)` if `cond` is true, and changes nothing otherwise."""
        return (
            self.image_color_jitter(key, brightness, contrast, saturation, hue, output_key, seed=seed) if cond else self
        )

    def image_rand_augment_if(
        self,
        cond: bool,
        key: str,
        num_ops: int = 2,
        magnitude: int = 9,
        output_key: str = "",
        *,
        seed: int | None = None,
    ) -> Self:
        """Applies `image_rand_augment(…)` if `cond` is true, and changes nothing otherwise."""
        return self.image_rand_augment(key, num_ops, magnitude, output_key, seed=seed) if cond else self

    def mixup_if(self, cond: bool, key: str, label_key: str, alpha: float = 1.0, *, seed: int | None = None) -> Self:
        """Applies `mixup(…)` if `cond` is true, and changes nothing otherwise."""
        return self.mixup(key, label_key, alpha, seed=seed) if cond else self

    def cutmix_if(self, cond: bool, key: str, label_key: str, alpha: float = 1.0, *, seed: int | None = None) -> Self:
        """Applies `cutmix(…)` if `cond` is true, and changes nothing otherwise."""
        return self.cutmix(key, label_key, alpha, seed=seed) if cond else self

    def image_resize_if(
        self,
        cond: bool,
        key: str,
        w: int,
        h: int,
        output_key: str = "",
        *,
        filter: ResizeFilter = "triangle",
        antialias: bool = True,
    ) -> Self:
        """Applies `image_resize(…)` if `cond` is true, and changes nothing otherwise."""
        return self.image_resize(key, w, h, output_key, filter=filter, antialias=antialias) if cond else self

    def image_resize_smallest_side_if(
        self,
        cond: bool,
        key: str,
        size: int,
        output_key: str = "",
        *,
        filter: ResizeFilter = "triangle",
        antialias: bool = True,
    ) -> Self:
        """Applies `image_resize_smallest_side(…)` if `cond` is true, and changes nothing otherwise."""
        return (
            self.image_resize_smallest_side(key, size, output_key, filter=filter, antialias=antialias) if cond else self
        )

    def image_rotate_if(self, cond: bool, key: str, angle: float, crop: bool = False, output_key: str = "") -> Self:
        """Applies `image_rotate(…)` if `cond` is true, and changes nothing otherwise."""
        return self.image_rotate(key, angle, crop, output_key) if cond else self

    def image_channel_reduction_if(
        self, cond: bool, key: str, preset: ChannelPreset = "default", output_key: str = ""
    ) -> Self:
        """Applies `image_channel_reduction(…)` if `cond` is true, and changes nothing otherwise."""
        return self.image_channel_reduction(key, preset, output_key) if cond else self

    def image_layout_if(self, cond: bool, key: str, layout: PictureLayout, output_key: str = "") -> Self:
        """Applies `image_layout(…)` if `cond` is true, and changes nothing otherwise."""
        return self.image_layout(key, layout, output_key) if cond else self

    def take_if(self, cond: bool, count: int) -> Self:
        """Applies `take(…)` if `cond` is true, and changes nothing otherwise."""
        return self.take(count) if cond else self

    def skip_if(self, cond: bool, count: int) -> Self:
        """Applies `skip(…)` if `cond` is true, and changes nothing otherwise."""
        return self.skip(count) if cond else self

    def partition_if(self, cond: bool, num_partitions: int, partition: int) -> Self:
        """Applies `partition(…)` if `cond` is true, and changes nothing otherwise."""
        return self.partition(num_partitions, partition) if cond else self
