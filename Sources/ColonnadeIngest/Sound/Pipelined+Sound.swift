// SPDX-License-Identifier: Apache-2.0

public import Colonnade
import ColonnadeCore

extension Pipelined {
    /// Replaces the path of a WAV or AIFF file by its sound: float32 from -1 to 1, one row for each frame and one column for each
    /// channel.
    ///
    /// Integers of 8 to 32 bits and floats are read, in both byte orders. Compressed sound is an error.
    ///
    /// - Parameters:
    ///   - key: bytes or a string, before `batched`: the path of a regular file.
    ///   - folder: where paths that do not begin with `/` start. Files outside of it are refused, unless it is empty.
    ///   - rate: the frames per second that all files must have; nil for any.
    ///   - outputKey: the key of the sound, if the path itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` if the value is not bytes or text. While running, `fileNotFound`, `system`,
    ///   `invalidSource` for a damaged or truncated file, and `unsupported` for other formats and other rates.
    public func loadingSound(
        _ key: String, folder: String = "", rate: Int? = nil, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        let loader = SoundLoader(files: try NamedFiles(key, in: schema, folder: folder))
        return try sound(key, rate, outputKey, "load sound(\(key))", loader)
    }

    /// Replaces the contents of a WAV or AIFF file by its sound. See `loadingSound(_:folder:rate:as:)`.
    public func decodingSound(
        _ key: String, rate: Int? = nil, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try NamedFiles.checkIsBytes(try schema.field(named: key))
        return try sound(key, rate, outputKey, "decode sound(\(key))", SoundLoader(files: nil))
    }

    /// Replaces the path of a WAV or AIFF file by numbers about its sound. Only the headers are read. See
    /// `loadingSound(_:folder:rate:as:)`.
    public func loadingSoundInformation(
        _ key: String, _ information: SoundInformation = .all, folder: String = "", as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        let loader = SoundLoader(files: try NamedFiles(key, in: schema, folder: folder))
        return try self.information(key, information, outputKey, loader)
    }

    /// Replaces the contents of a WAV or AIFF file by numbers about its sound. See `loadingSound(_:folder:rate:as:)`.
    public func decodingSoundInformation(
        _ key: String, _ information: SoundInformation = .all, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try NamedFiles.checkIsBytes(try schema.field(named: key))
        return try self.information(key, information, outputKey, SoundLoader(files: nil))
    }

    private func sound(
        _ key: String, _ rate: Int?, _ outputKey: String?, _ label: String, _ loader: SoundLoader
    ) throws(ColonnadeError) -> Self {
        if let rate, rate < 1 {
            throw ColonnadeError(.invalidArgument, "sound has at least 1 frame in a second, not \(rate)")
        }
        return try computing(
            [key], to: Field(outputKey ?? key, .float32, [nil, nil]), label: label
        ) { (values, pool) throws(ColonnadeError) in try loader.sound(values[0], rate: rate, pool) }
    }

    private func information(
        _ key: String, _ information: SoundInformation, _ outputKey: String?, _ loader: SoundLoader
    ) throws(ColonnadeError) -> Self {
        try computing(
            [key], to: information.field(outputKey ?? key), label: "sound information(\(key))"
        ) { (values, _) throws(ColonnadeError) in try loader.information(information, values[0]) }
    }
}
