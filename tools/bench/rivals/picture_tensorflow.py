#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tf.data: decodes only the rows of a random crop, in parallel map calls."""

import numpy as np
import tensorflow as tf
from picture_contest import AREA, ASPECT, SIDE, SMALLEST, PictureContest
from workloads import DEVIATION, MEAN

contest = PictureContest()


def random_crop(file):
    shape = tf.io.extract_jpeg_shape(file)
    begin, size, _ = tf.image.sample_distorted_bounding_box(
        shape, tf.zeros([1, 0, 4]), aspect_ratio_range=ASPECT, area_range=AREA, max_attempts=10, use_image_if_no_bounding_boxes=True
    )
    window = tf.stack([begin[0], begin[1], size[0], size[1]])
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
