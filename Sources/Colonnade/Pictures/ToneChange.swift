// SPDX-License-Identifier: Apache-2.0

/// A change of the bytes of each channel of a picture by a table, which depends on the picture.
struct ToneChange: Equatable, Sendable {
    /// The raw value is the number of the kernel.
    enum Kind: UInt32, Sendable {
        /// Keeps only the highest bits; the argument is their number.
        case posterize = 0
        /// Inverts the bytes that are not below the argument.
        case solarize = 1
        /// Stretches the range of the bytes to 0 … 255.
        case autoContrast = 2
        /// Makes the bytes about equally frequent.
        case equalize = 3
    }

    let kind: Kind
    var argument: Float = 0
}
