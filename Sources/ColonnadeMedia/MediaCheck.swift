// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeIngest

/// The check of the files in one column of a data set.
struct MediaCheck: Sendable {
    struct Outcome: Sendable {
        var isEntered = false
        /// Whether the file has a format that is not read here, so that nothing of it was checked.
        var isUnread = false
        var problem: ColonnadeError?
    }

    private let dataset: any OpenDataset
    private let column: Int
    private let isPictures: Bool

    /// Makes the check of a column; nil if it has neither pictures nor sound.
    init?(_ dataset: any OpenDataset, column: Int) {
        guard case .media(let type) = dataset.schema[column].meaning,
            type.startsWithBytes(of: "image/") || type.startsWithBytes(of: "audio/")
        else { return nil }
        self.dataset = dataset
        self.column = column
        isPictures = type.startsWithBytes(of: "image/")
    }

    /// Checks the file of a row. Throws if it cannot be read, or `outOfMemory`; a damaged file is part of the outcome.
    func check(row: Int) throws(ColonnadeError) -> Outcome {
        var outcome = Outcome()
        let file: Tensor
        let entryPoints: Tensor?
        do throws(ColonnadeError) {
            file = try dataset.row(row, columns: [column])[0]
            entryPoints = try storedEntryPoints(row)
        } catch {
            guard error.code == .corruptFile else { throw error }
            return Outcome(problem: error)
        }
        outcome.isEntered = entryPoints != nil
        do throws(ColonnadeError) {
            try file.withSpan(as: UInt8.self) { (bytes) throws(ColonnadeError) in
                outcome.isUnread = isPictures ? ImageFormat.isOtherPicture(bytes) : SoundContainer.isOne(bytes)
                if !outcome.isUnread { try check(bytes, entryPoints) }
            }
        } catch {
            guard error.code != .outOfMemory else { throw error }
            outcome.problem = ColonnadeError(
                error.code, "\(error.message), in \(dataset.path)",
                at: .row(row, column: dataset.schema[column].name), rule: error.rule)
        }
        return outcome
    }

    private func storedEntryPoints(_ row: Int) throws(ColonnadeError) -> Tensor? {
        let pool = TensorPool(keeping: 0)
        if let file = dataset as? StoredDataset {
            return try file.entryPoints(ofRow: row, column: column, from: pool)
        }
        return try (dataset as? DatasetVersion)?.entryPoints(ofRow: row, column: column, from: pool)
    }

    private func checkSound(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        guard let format = SoundFormat(of: bytes) else {
            throw ColonnadeError(
                .invalidSource, "it is no sound in WAV, AIFF, FLAC, Ogg or MP3: replace it, or leave the sample out")
        }
        try format.check(bytes)
        let info: AudioInfo
        do throws(ColonnadeError) {
            info = try MemoryBudget.pixels.spending(AudioDecoder.bytesOfInfo(bytes)) { () throws(ColonnadeError) in
                try AudioDecoder.info(bytes)
            }
        } catch {
            // Without libsndfile only samples without compression are decoded.
            guard error.code == .unsupported, !AudioLibrary.isAvailable else { throw error }
            return
        }
        let memory = info.frameCount.saturatingProduct(info.channelCount).saturatingProduct(MemoryLayout<Float>.stride)
        try MemoryBudget.pixels.spending(memory) { () throws(ColonnadeError) in _ = try AudioDecoder().decode(bytes) }
    }

    private func check(_ bytes: Span<UInt8>, _ entryPoints: Tensor?) throws(ColonnadeError) {
        guard isPictures else { return try checkSound(bytes) }
        let header = try ImageHeader(of: bytes)
        let memory = MemoryBudget.decodingBytes(of: [header.height, header.width, header.channels])
        try MemoryBudget.pixels.spending(memory) { () throws(ColonnadeError) in _ = try ImageDecoder().decode(bytes) }
        guard let entryPoints else { return }
        let stored = try entryPoints.elements(as: UInt8.self)
        guard try JPEG.entryPoints(of: bytes, like: stored) == stored else {
            throw ColonnadeError(
                .corruptFile,
                "its entry points are not those of its code, and may give wrong pixels: ingest the pictures anew")
        }
    }
}
