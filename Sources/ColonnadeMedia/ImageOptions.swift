// SPDX-License-Identifier: Apache-2.0

/// The choices in decoding a picture.
public struct ImageOptions: Sendable, Hashable {
    /// The treatment of transparency.
    public enum Alpha: String, Sendable, Hashable, CaseIterable {
        /// RGB pictures lose their alpha, and gray pictures keep it as their second channel, as in MLX Data.
        case dropFromColor = "drop"
        /// All pictures keep their alpha as their last channel.
        case keep
    }

    /// The treatment of the orientation of the camera in EXIF.
    public enum Orientation: String, Sendable, Hashable, CaseIterable {
        /// Turns and mirrors the pixels so that the picture is upright.
        case apply
        /// Leaves the pixels as they are stored, as MLX Data does.
        case keep
    }

    /// The channels of a decoded picture.
    public enum Channels: String, Sendable, Hashable, CaseIterable {
        /// As many as the file has, and 3 for each JPEG file, as in MLX Data.
        case stored
        /// Red, green and blue: gray values are repeated, and alpha is left out.
        case rgb
    }

    public var alpha: Alpha
    public var orientation: Orientation
    /// With `rgb`, `alpha` has no effect.
    public var channels: Channels
    /// Whether a JPEG picture whose size is changed next may be decoded smaller, by a half, a quarter or an eighth of its height and
    /// width: as small as the change of size permits without enlarging. That is faster, and the pixels differ a little. Pillow's `draft`
    /// does the same. Other formats and pictures that become less than half as high or wide do not change.
    public var isDraft: Bool

    public init(
        alpha: Alpha = .dropFromColor, orientation: Orientation = .apply, channels: Channels = .stored,
        isDraft: Bool = false
    ) {
        self.alpha = alpha
        self.orientation = orientation
        self.channels = channels
        self.isDraft = isDraft
    }
}
