// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// A reader of encoded pictures and sound, for sources that consist of such files.
///
///     var options = IngestOptions()
///     options.media = MediaFiles()   // of ColonnadeMedia
///
/// ColonnadeIngest states what it needs, and ColonnadeMedia implements it, so that programs that ingest tables link no decoder.
public protocol MediaReader: EntryPointFinder {
    /// Returns the media type of a file, such as `image/png` or `audio/flac`, that its first bytes tell. 64 of them
    /// are enough.
    ///
    /// Throws `invalidSource` for bytes that are neither a picture nor sound, and `unsupported` for formats that are not read.
    func mediaType(ofFirst bytes: [UInt8]) throws(ColonnadeError) -> String

    /// Checks the header of a complete file, and that the file has its end. Pixels and samples are not decoded.
    ///
    /// Throws `invalidSource` for damage, and `unsupported` for variants that are not read.
    func check(_ bytes: [UInt8]) throws(ColonnadeError)

    /// Returns the length, the channels and the rate of sound. Throws as `check` does, and `invalidArgument` if a library for that is
    /// missing.
    func audioInfo(of bytes: [UInt8]) throws(ColonnadeError) -> (frames: Int, channels: Int, sampleRate: Int)

    /// Returns the shape of the pixels of a picture: `[height, width, channels]`. Reads only its header. Throws as `check` does.
    func pixelShape(of bytes: [UInt8]) throws(ColonnadeError) -> [Int]

    /// Returns the size of a picture before the orientation of the camera is applied. Reads only its header. Throws as `check` does.
    func storedSize(of bytes: [UInt8]) throws(ColonnadeError) -> (width: Int, height: Int)

    /// Returns the pixels of a picture: uint8 of the shape `[height, width, channels]`. Throws as `check` does, and `outOfMemory`.
    func pixels(of bytes: [UInt8]) throws(ColonnadeError) -> Tensor

    /// Returns the entry points of a picture that `check` accepts, as `appendEntryPoints` finds them. Code of a JPEG file that is read for
    /// them is checked. Throws `invalidSource` if it is damaged, and `outOfMemory`.
    func checkedEntryPoints(of bytes: [UInt8]) throws(ColonnadeError) -> [UInt8]

    /// Returns a progressive JPEG file as a baseline one with equal pixels, and other files as they are. Throws as `pixels` does.
    func baseline(_ bytes: [UInt8]) throws(ColonnadeError) -> [UInt8]

    /// Returns the pixels of a picture as a PNM file, if its file has at least `share` of their bytes; otherwise the file as it is.
    /// A picture with transparency, one that a camera has turned, and an animation stay as they are too. Throws as `pixels` does.
    func unpacked(_ bytes: [UInt8], fromShare share: Double) throws(ColonnadeError) -> [UInt8]

    /// Returns a picture as a JPEG file whose longer side has at most `side` pixels. A JPEG file that is small enough is
    /// returned as it is. Throws as `pixels` does, and `unsupported` for a picture with transparency, which JPEG does not have.
    func reduced(_ bytes: [UInt8], toSide side: Int, quality: Int) throws(ColonnadeError) -> [UInt8]
}
