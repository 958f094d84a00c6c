// SPDX-License-Identifier: Apache-2.0

/// The weights with which the pixels of a picture make a pixel of another size.
public enum ResizeFilter: Sendable, Hashable {
    /// The triangle filter: linear interpolation, and where a picture becomes smaller the weighted mean of all its pixels.
    /// Others call it bilinear.
    case triangle
    /// Cubic interpolation with the parameter -0.5 (Catmull-Rom), which keeps edges sharper. It may overshoot at edges.
    case bicubic
    /// The pixel in which the centre of the new pixel lies: no new values, as masks of classes need.
    case nearest
}
