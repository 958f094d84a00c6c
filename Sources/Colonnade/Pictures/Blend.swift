// SPDX-License-Identifier: Apache-2.0

/// The factors of a picture and of the values that it is blended with, as torchvision's functions on tensors have them: each is rounded
/// to float32 once.
struct Blend: Equatable, Sendable {
    /// The factor of the picture. 1 changes nothing.
    let factor: Float
    /// The factor of the other values, which is 1 without the factor of the picture.
    let rest: Float

    init(_ factor: Double) {
        self.factor = Float(factor)
        rest = Float(1 - factor)
    }
}
