// SPDX-License-Identifier: Apache-2.0

/// A rectangle of a region of a picture, in pixels, whose sides need not be those of pixels.
struct PictureBox: Equatable, Sendable {
    let x: Double
    let y: Double
    let width: Double
    let height: Double
}
