// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A picture file whose header is read.
package struct EncodedPicture: Sendable {
    /// The value that is or names the file.
    package let value: Tensor
    /// The file: a list of uint8.
    package let file: Tensor
    /// The entry points of the file, a list of uint8; nil for none. They are not trusted.
    package let entryPoints: Tensor?
    package let height: Int
    package let width: Int
    package let channels: Int
    /// Whether the picture can be decoded with a half, a quarter or an eighth of its height and width.
    package let isReducible: Bool
    /// Whether left and right, and top and bottom, change places when a decoded picture is turned upright.
    package let mirroring: (across: Bool, down: Bool)

    package init(
        value: Tensor, file: Tensor, entryPoints: Tensor? = nil, height: Int, width: Int, channels: Int,
        isReducible: Bool = false, mirroring: (across: Bool, down: Bool) = (false, false)
    ) {
        self.value = value
        self.file = file
        self.entryPoints = entryPoints
        self.height = height
        self.width = width
        self.channels = channels
        self.isReducible = isReducible
        self.mirroring = mirroring
    }

    /// The region of all pixels.
    package var whole: PictureRegion { PictureRegion(x: 0, y: 0, width: width, height: height) }
}
