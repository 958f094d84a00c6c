// SPDX-License-Identifier: Apache-2.0

/// The pixels of a picture that a result depends on.
enum PictureExtent {
    /// The complete result depends on a part of the picture.
    case part
    /// The complete result depends on the complete picture, and a part of it on a part of the picture.
    case same
    /// Each part of the result may depend on the complete picture, or is computed with it.
    case all
}
