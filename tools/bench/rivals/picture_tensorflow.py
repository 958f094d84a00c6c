#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tf.data: decodes only the rows of a random crop, in parallel map calls."""

import numpy as np
import tensorflow as tf
from picture_contest import AREA, ASPECT, SIDE, SMALLEST, PictureContest
from workloads import DEVIATION, MEAN

contest = PictureContest()


def random_window(shape):
    """Returns a window with area and ratio distributed as in the other programs. TensorFlow's own function draws the height
    uniformly, so that its windows are a tenth smaller."""
    height, width = tf.cast(shape[0], tf.float32), tf.cast(shape[1], tf.float32)
    area = height * width * tf.random.uniform([10], *AREA)
    ratio = tf.exp(tf.random.uniform([10], *np.log(ASPECT)))
    wide, high = tf.round(tf.sqrt(area * ratio)), tf.round(tf.sqrt(area / ratio))
    fits = (wide > 0) & (wide <= width) & (high > 0) & (high <= height)
    first = tf.argmax(tf.cast(fits, tf.int32))
    wide, high = tf.where(fits[first], wide[first], width), tf.where(fits[first], high[first], height)
    left = tf.floor(tf.random.uniform([]) * (width - wide + 1))
    top = tf.floor(tf.random.uniform([]) * (height - high + 1))
    return tf.cast(tf.stack([tf.minimum(top, height - high), tf.minimum(left, width - wide), high, wide]), tf.int32)


def random_crop(file):
    window = random_window(tf.io.extract_jpeg_shape(file))
    image = tf.image.decode_and_crop_jpeg(file, window, channels=3, dct_method="INTEGER_ACCURATE")
    image = tf.image.resize(image, [SIDE, SIDE], antialias=contest.antialias)
    return tf.image.random_flip_left_right(image)


def centre(file):
    image = tf.image.decode_jpeg(file, channels=3, dct_method="INTEGER_ACCURATE")
    shape = tf.shape(image)
    size = SMALLEST * shape[:2] // tf.minimum(shape[0], shape[1])
    image = tf.image.resize(image, size, antialias=contest.antialias)
    start = (size - SIDE) // 2
    return tf.image.crop_to_bounding_box(image, start[0], start[1], SIDE, SIDE)


def change(path, label):
    file = tf.io.read_file(path)
    image = centre(file) if contest.is_centre else random_crop(file)
    if contest.is_float:
        image = (image - tf.constant(MEAN) * 255) / (tf.constant(DEVIATION) * 255)
    else:
        image = tf.cast(image + 0.5, tf.uint8)
    return image, label


def variant(threads):
    options = tf.data.Options()
    options.deterministic = False
    options.threading.private_threadpool_size = max(threads, 1)
    options.threading.max_intra_op_parallelism = 1
    data = tf.data.Dataset.from_tensor_slices((contest.files, contest.labels.astype(np.int64)))
    if contest.shuffle:
        data = data.shuffle(contest.rows)
    data = data.map(change, num_parallel_calls=threads or None).batch(contest.batch)
    data = (data.prefetch(2) if threads else data).with_options(options)
    return lambda epoch: ({"image": image, "label": label} for image, label in data.as_numpy_iterator())


contest.serve("tf.data", ["tensorflow-cpu"], {"no prefetch": variant(0), "1 thread": variant(1), "2 threads": variant(2)})
