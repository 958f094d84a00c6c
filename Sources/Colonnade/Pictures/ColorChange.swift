// SPDX-License-Identifier: Apache-2.0

/// One change of the colours of a picture, with its factor. That of the hue is a part of the circle.
struct ColorChange: Equatable, Sendable {
    let kind: ColorJitter.Adjustment
    let blend: Blend

    var factor: Float { blend.factor }
}
