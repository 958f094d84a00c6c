// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The errors of pictures. They have no place: the caller knows the row or the file.
extension ColonnadeError {
    /// The error of a file that ends early.
    static func truncatedImage(_ byteCount: Int) -> ColonnadeError {
        .damagedImage("its data end early, after \(byteCount) bytes")
    }

    /// The error of a file that breaks the rules of its format.
    static func damagedImage(_ reason: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, "the picture is damaged: \(reason): replace it, or leave the sample out")
    }

    /// The error of a correct file that Colonnade cannot decode.
    static func unsupportedImage(_ reason: String) -> ColonnadeError {
        ColonnadeError(.unsupported, "the picture cannot be decoded: \(reason): convert it to JPEG or PNG")
    }
}
