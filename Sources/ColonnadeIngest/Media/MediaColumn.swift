// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore

/// A column of encoded files: how its files are looked at, and how they become values.
struct MediaColumn: Sendable {
    let storage: PictureStorage
    private let reader: any MediaReader
    /// Whether columns with the length, the channels and the rate of sound follow.
    private let hasInfo: Bool

    /// Makes the column that the options describe. Throws `unsupported` if there is no reader.
    init(_ name: String, _ options: IngestOptions, source: String) throws(ColonnadeError) {
        guard let reader = options.media else {
            throw ColonnadeError(
                .unsupported,
                "pictures and sound are read by ColonnadeMedia: set IngestOptions.media to MediaFiles()",
                at: .file(source))
        }
        storage = options.images[name] ?? .encoded
        hasInfo = options.audioInfo
        self.reader = reader
    }

    /// Looks at a file, for the field of the column. Reads only its first bytes, unless pixels are stored. Throws as
    /// `EncodedFile.first` and `MediaReader` do.
    ///
    /// - Parameters:
    ///   - isComplete: whether the value is made on trial. Then each file that `values` refuses is refused here, so that a file that is
    ///     left out decides nothing.
    ///   - size: the size that annotations tell; nil for none.
    func observed(
        _ file: EncodedFile, isComplete: Bool, size: PictureSize? = nil
    ) throws(ColonnadeError) -> MediaEvidence {
        guard storage == .raw || isComplete else {
            let (first, byteCount) = try file.first(MediaType.firstByteCount)
            return MediaEvidence(try reader.mediaType(ofFirst: first), byteCount: byteCount)
        }
        return try file.withContents { (bytes) throws(ColonnadeError) in
            let type = try reader.mediaType(ofFirst: Array(bytes.prefix(MediaType.firstByteCount)))
            let byteCount = bytes.count
            if isComplete, MediaType.isPicture(type) { try check(bytes, size) }
            guard storage != .encoded, MediaType.isPicture(type) else {
                if isComplete {
                    try reader.check(bytes)
                    if MediaType.isPicture(type) {
                        _ = try reader.checkedEntryPoints(of: bytes)
                    } else if hasInfo {
                        _ = try reader.audioInfo(of: bytes)
                    }
                }
                return MediaEvidence(type, byteCount: byteCount)
            }
            let shape = try reader.pixelShape(of: bytes)
            if isComplete {
                if storage.keepsFiles { try reader.check(bytes) }
                let made = try decoded(bytes, shape)
                if made.pixels == nil { _ = try reader.checkedEntryPoints(of: made.file) }
            }
            return storage == .raw
                ? MediaEvidence(type, byteCount: shape.reduce(1, *), shape: shape)
                : MediaEvidence(type, byteCount: byteCount)
        }
    }

    /// Returns what a picture of that shape becomes: its pixels, or another file.
    private func decoded(_ bytes: [UInt8], _ shape: [Int]) throws(ColonnadeError) -> (pixels: Tensor?, file: [UInt8]) {
        try MemoryBudget.pixels.spending(MemoryBudget.decodingBytes(of: shape)) { () throws(ColonnadeError) in
            switch storage {
            case .baseline: (nil, try reader.baseline(bytes))
            case .mixed(let share): (nil, try reader.unpacked(bytes, fromShare: share))
            case .reduced(let side, let quality): (nil, try reader.reduced(bytes, toSide: side, quality: quality))
            case .encoded, .raw: (try reader.pixels(of: bytes), [])
            }
        }
    }

    /// Returns the field of files with the joined evidence, and those of their lengths if these are asked for. Throws
    /// `invalidArgument` if the storage is for pictures, and the files have sound.
    ///
    /// - Parameter target: the column of a data set to which the files are added. Pictures of one size belong to a column of any sizes.
    func fields(
        _ name: String, _ evidence: MediaEvidence, source: String, target: Field?
    ) throws(ColonnadeError) -> [Field] {
        let field = try field(name, evidence, source: source, target: target)
        guard hasInfo, !MediaType.isPicture(evidence.type) else { return [field] }
        return [
            field, Field("\(name).frames", .int64), Field("\(name).channels", .int32),
            Field("\(name).sample_rate", .int32),
        ]
    }

    private func field(
        _ name: String, _ evidence: MediaEvidence, source: String, target: Field?
    ) throws(ColonnadeError) -> Field {
        guard storage == .encoded || MediaType.isPicture(evidence.type) else {
            throw ColonnadeError(
                .invalidArgument,
                "the storage of \"\(name)\" is \(storage), and it has no pictures: leave the storage out",
                at: .file(source))
        }
        switch storage {
        case .encoded, .baseline: return Field(name, kind: .bytes, meaning: .media(evidence.type))
        case .mixed: return Field(name, kind: .bytes, meaning: .media("image/*"))
        case .reduced: return Field(name, kind: .bytes, meaning: .media("image/jpeg"))
        case .raw:
            let shape = evidence.shape
            guard let wider = target?.shape, target?.dtype == .uint8, wider.count == shape.count,
                zip(wider, shape).allSatisfy({ $0 == nil || $0 == $1 })
            else { return Field(name, .uint8, shape) }
            return Field(name, .uint8, wider)
        }
    }

    /// Throws `invalidSource` if a picture has another size than annotations tell. A picture that a camera has turned may have the size
    /// before or after that, unless it is stored upright.
    private func check(_ bytes: [UInt8], _ expected: PictureSize?) throws(ColonnadeError) {
        guard let expected else { return }
        let shape = try reader.pixelShape(of: bytes)
        if expected.fits(width: shape[1], height: shape[0]) { return }
        let stored = try reader.storedSize(of: bytes)
        if storage != .raw, expected.fits(width: stored.width, height: stored.height) { return }
        throw ColonnadeError(
            .invalidSource,
            "it has \(shape[1]) × \(shape[0]) pixels, and its annotations tell of \(expected): replace it, or correct them"
        )
    }

    /// Returns the values of a file in the columns of `fields`, of which the first one is `field`. Throws as `EncodedFile` and
    /// `MediaReader` do, and `invalidSource` if the file has another size than annotations tell, or has changed since the column was
    /// settled.
    func values(_ file: EncodedFile, as field: Field, size: PictureSize? = nil) throws(ColonnadeError) -> [RowValue] {
        try file.withContents { (bytes) throws(ColonnadeError) in
            let value = try value(bytes, as: field)
            try check(bytes, size)
            guard hasInfo, !MediaType.isPicture(field.mediaType) else { return [value] }
            let info = try reader.audioInfo(of: bytes)
            return [
                value, RowValue(info.frames), RowValue(int32: info.channels), RowValue(int32: info.sampleRate),
            ]
        }
    }

    private func value(_ bytes: [UInt8], as field: Field) throws(ColonnadeError) -> RowValue {
        let type = try reader.mediaType(ofFirst: Array(bytes.prefix(MediaType.firstByteCount)))
        switch storage {
        case .encoded, .baseline, .mixed:
            guard field.meaning == .media(MediaType.joined(type, field.mediaType) ?? "") else { throw Self.changed }
            try reader.check(bytes)
            var value = RowValue(
                storage == .encoded ? bytes : try decoded(bytes, try reader.pixelShape(of: bytes)).file)
            if MediaType.isPicture(type) { value.entryPoints = try reader.checkedEntryPoints(of: value.bytes) }
            return value
        case .reduced:
            guard MediaType.isPicture(type) else { throw Self.changed }
            var value = RowValue(try decoded(bytes, try reader.pixelShape(of: bytes)).file)
            value.entryPoints = try reader.checkedEntryPoints(of: value.bytes)
            return value
        case .raw:
            guard let pixels = try decoded(bytes, try reader.pixelShape(of: bytes)).pixels else { throw Self.changed }
            let fits = zip(pixels.shape, field.shape).allSatisfy { $1 == nil || $0 == $1 }
            guard pixels.rank == field.shape.count, fits else { throw Self.changed }
            let dimensions = zip(pixels.shape, field.shape).filter { $1 == nil }.map(\.0)
            return RowValue(pixels.rawBytes, dimensions: field.varyingCount > 1 ? dimensions : [])
        }
    }

    private static var changed: ColonnadeError {
        ColonnadeError(.invalidSource, "it has changed since the ingest began: leave it alone, and run this again")
    }
}

extension Field {
    fileprivate var mediaType: String {
        if case .media(let type) = meaning { type } else { "" }
    }
}
