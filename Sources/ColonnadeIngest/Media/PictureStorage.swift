// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The form in which a column stores pictures.
public enum PictureStorage: Sendable, Hashable {
    /// The bytes of each file, unchanged.
    case encoded
    /// The bytes of each file, but progressive JPEG files become baseline ones with the same pixels. They take about a twentieth more
    /// bytes, and parts of them are decoded faster.
    case baseline
    /// Per row the bytes of the file, or a PNM file of the pixels if the file has at least `share` of the bytes of the pixels. With
    /// a share of 1 each row is as small as it can be; smaller shares take more bytes, and decode faster.
    case mixed(share: Double)
    /// Pixels, uint8 of the shape `[height, width, channels]`. Sizes that are the same in all rows are fixed.
    case raw
    /// JPEG files whose longer side has at most `side` pixels. Files that are larger, or not JPEG, are encoded again with `quality`
    /// from 1 to 100, which loses something.
    case reduced(side: Int, quality: Int)

    /// Whether files are stored that were perhaps not decoded.
    var keepsFiles: Bool {
        switch self {
        case .encoded, .baseline, .mixed: true
        case .raw, .reduced: false
        }
    }
}
