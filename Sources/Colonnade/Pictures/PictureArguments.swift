// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Checks of arguments that several operations have.
enum PictureArguments {
    /// Throws `invalidArgument` unless the sizes are those of a picture with at most `PictureShape.mostPixels` pixels.
    static func checkSize(
        _ width: Int, _ height: Int, _ key: String, _ verb: String
    ) throws(ColonnadeError) {
        guard width >= 1, height >= 1, width.saturatingProduct(height) <= PictureShape.mostPixels else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" cannot be \(verb) to \(width) × \(height) pixels: give a width and height of at least 1, and at most "
                    + "\(PictureShape.mostPixels) pixels")
        }
    }

    /// Throws `invalidArgument` unless the number is a probability.
    static func checkProbability(_ probability: Double, _ key: String) throws(ColonnadeError) {
        guard probability >= 0, probability <= 1 else {
            throw ColonnadeError(
                .invalidArgument, "the probability for \"\(key)\" must be from 0 to 1, not \(probability)")
        }
    }

    /// Throws `invalidArgument` unless the numbers are a range within limits.
    static func checkRange(
        _ range: (Double, Double), _ what: String, _ key: String, above low: Double, to high: Double
    ) throws(ColonnadeError) {
        guard range.0 > low, range.0 <= range.1, range.1 <= high, range.1.isFinite else {
            let limit = high.isFinite ? "at most \(high)" : "finite"
            throw ColonnadeError(
                .invalidArgument,
                "the range of \(what) for \"\(key)\" is \(range.0) to \(range.1): its ends must be above \(low), \(limit), and in order"
            )
        }
    }
}
