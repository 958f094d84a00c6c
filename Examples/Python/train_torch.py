# SPDX-License-Identifier: Apache-2.0
"""Trains a small network on Fashion-MNIST with PyTorch, and prints its accuracy on images that it never saw.

Run it with the files of the training set:

    python train_torch.py train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz
"""

import sys

import colonnade as dx
import torch
from torch import nn


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
    """Numbers from 0 to 1, and the labels as int64. Colonnade converts while it copies rows into a batch."""
    return stream.cast("image", "float32").scale("image", 1 / 255).cast("label", "int64")


def train(path, epochs):
    """Returns the accuracy on the rows that are held out."""
    training, test = map(dx.to_torch, open_streams(path))
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        for batch in training.epoch(epoch):
            loss = nn.functional.cross_entropy(model(batch["image"]), batch["label"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch}: accuracy {accuracy(model, test.epoch(0)):.3f}")
    return accuracy(model, test.epoch(0))


@torch.no_grad()
def accuracy(model, stream):
    correct = total = 0
    for batch in stream:
        correct += (model(batch["image"]).argmax(dim=1) == batch["label"]).sum().item()
        total += len(batch["label"])
    return correct / total


if __name__ == "__main__":
    dx.ingest(sys.argv[1:3], "fashion.colonnade", columns=["image", "label"], overwrite=True)
    train("fashion.colonnade", epochs=5)
