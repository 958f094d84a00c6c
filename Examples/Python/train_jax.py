# SPDX-License-Identifier: Apache-2.0
"""Trains a small network on Fashion-MNIST with JAX, and prints its accuracy on images that it never saw.

Run it with the files of the training set:

    python train_jax.py train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz
"""

import sys

import colonnade as dx
import jax
import jax.numpy as jnp


def open_streams(path):
    """Streams of four fifths of the rows, to learn from, and of the other rows, to test with."""
    rows = dx.open(path).shuffle(seed=1)  # decides once which rows are held out
    held_out = len(rows) // 5
    training = rows.skip(held_out).shuffle(seed=2)  # a new order in each epoch
    return (
        to_inputs(training.to_stream()).batch(32).prefetch(prefetch_size=8, num_threads=2),
        to_inputs(rows.take(held_out).to_stream()).batch(256),
    )


def to_inputs(stream):
    """Numbers from 0 to 1, and the labels as int32. Colonnade converts while it copies rows into a batch."""
    return stream.cast("image", "float32").scale("image", 1 / 255).cast("label", "int32")


def train(path, epochs):
    """Returns the accuracy on the rows that are held out."""
    training, test = map(dx.to_jax, open_streams(path))
    first, second = jax.random.split(jax.random.key(0))
    model = {
        "hidden": jax.random.normal(first, (784, 128)) * (2 / 784) ** 0.5,
        "hidden bias": jnp.zeros(128),
        "classes": jax.random.normal(second, (128, 10)) * (2 / 128) ** 0.5,
        "classes bias": jnp.zeros(10),
    }
    for epoch in range(epochs):
        for batch in training.epoch(epoch):
            model = step(model, batch["image"], batch["label"])
        print(f"epoch {epoch}: accuracy {accuracy(model, test.epoch(0)):.3f}")
    return accuracy(model, test.epoch(0))


def scores(model, images):
    hidden = jax.nn.relu(images.reshape(-1, 784) @ model["hidden"] + model["hidden bias"])
    return hidden @ model["classes"] + model["classes bias"]


def loss(model, images, labels):
    logarithms = jax.nn.log_softmax(scores(model, images))
    return -jnp.take_along_axis(logarithms, labels[:, None], axis=1).mean()


@jax.jit
def step(model, images, labels):
    gradients = jax.grad(loss)(model, images, labels)
    return jax.tree.map(lambda weights, gradient: weights - 0.1 * gradient, model, gradients)


def accuracy(model, stream):
    correct = total = 0
    for batch in stream:
        correct += int((scores(model, batch["image"]).argmax(axis=1) == batch["label"]).sum())
        total += len(batch["label"])
    return correct / total


if __name__ == "__main__":
    dx.ingest(sys.argv[1:3], "fashion.colonnade", columns=["image", "label"], overwrite=True)
    train("fashion.colonnade", epochs=5)
