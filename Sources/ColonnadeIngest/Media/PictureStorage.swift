// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The form in which a column stores pictures.
public enum PictureStorage: Sendable, Hashable {
    /// The bytes of each file, unchanged.
    case encoded
    /// Pixels, uint8 of the shape `[height, width, channels]`. Sizes that are the same in all rows are fixed.
    case raw
    /// JPEG files whose longer side has at most `side` pixels. Files that are larger, or not JPEG, are encoded again with `quality`
    /// from 1 to 100, which loses something.
    case reduced(side: Int, quality: Int)
}
