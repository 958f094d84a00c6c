// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A decoder of the picture files that the values of a key are, or name. A module that knows formats provides it, so that the
/// operations on pictures can decode only the pixels that they need.
package protocol PictureDecoder: Sendable {
    /// The name of the operation for people, such as `decode image`.
    var name: String { get }

    /// A text that differs between decoders that find other pixels in the same value.
    var identity: String { get }

    /// Whether the values are files, whose entry points help to decode a region.
    var readsEntryPoints: Bool { get }

    /// Reads the header of the picture of a value. The errors are those of damaged files, without a place.
    ///
    /// - Parameter entryPoints: the entry points of the file, if they are known.
    func open(_ value: Tensor, entryPoints: Tensor?, from pool: TensorPool) throws(ColonnadeError) -> EncodedPicture

    /// Decodes the pixels of a region, which is inside the picture, and possibly pixels around it. They are equal to those of the
    /// complete picture. The errors are those of damaged files, without a place.
    ///
    /// - Parameter reduction: 1; or 2, 4 or 8 if the picture can be reduced. Then the region and the result are those of the picture
    ///   with this part of its height and width, rounded up.
    func decode(
        _ picture: EncodedPicture, _ region: PictureRegion, reducedBy reduction: Int, in scratch: inout PictureScratch
    ) throws(ColonnadeError) -> PicturePart
}
