# SPDX-License-Identifier: Apache-2.0
"""Sums of pictures by patterns of random signs. A picture that is shifted, mirrored or has its channels in another order has the
same sum of all elements, but other sums by patterns."""

import numpy as np

SIDE, PATTERNS = 224, 16


def signs(pattern, count):
    """Returns the sign of each element of a picture, +1 or -1. The programs in C and Swift have the same function."""
    value = np.arange(count, dtype=np.uint32) * np.uint32(PATTERNS) + np.uint32(pattern)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        value ^= value >> np.uint32(shift)
        value *= np.uint32(factor)
    return 1 - 2.0 * ((value ^ (value >> np.uint32(16))) >> np.uint32(31))


def patterns(total):
    """Returns the sums by all patterns, from the sum of pictures. The mean of each channel is left out: decoders that round in
    other ways differ in it, in every picture alike."""
    total = total - total.mean((0, 1))
    return [float(signs(pattern, total.size) @ total.ravel()) for pattern in range(PATTERNS)]
