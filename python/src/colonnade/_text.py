# SPDX-License-Identifier: Apache-2.0
"""Text in batches: what comes out of the core padded with zeros."""

import numpy as np
from numpy.typing import NDArray


def decode(padded: NDArray[np.uint8]) -> NDArray[np.object_]:
    """The strings of a batch as an array of `str`. Zeros at the end are padding."""
    rows = padded.reshape(-1, padded.shape[-1])
    texts = np.empty(len(rows), dtype=object)
    for index, row in enumerate(rows):
        texts[index] = row.tobytes().rstrip(b"\0").decode()
    return texts.reshape(padded.shape[:-1])
