// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// Bytes on their way into a file that appears when it is complete; or straight to a pipe, a device or standard output.
final class ExportOutput {
    private var staging: StagingFile?
    /// The file of `staging`.
    private let file: WritableFile?
    private let stream: SequentialFile?
    private let replacing: Bool
    private var offset = 0

    private static let bufferSize = 1 << 20

    /// Whether bytes are written from front to back, and cannot be taken back.
    var isStream: Bool { stream != nil }

    /// Throws `fileExists` unless `replacing`, `fileNotFound` for a folder that is not there, `invalidArgument` for a block
    /// device, `cancelled`, `system`.
    init(path: String, replacing: Bool) throws(ColonnadeError) {
        let place = try OutputPath(following: path)
        self.replacing = replacing
        if case .file = place {
            let staging = try StagingFile(target: path, replacing: replacing)
            file = staging.file
            self.staging = consume staging
            stream = nil
        } else {
            file = nil
            stream = try SequentialFile(place, path: path)
        }
    }

    /// Takes over what is in `text`, which is empty afterwards, when it is worth a write.
    func take(_ text: inout [UInt8]) throws(ColonnadeError) {
        if text.count >= Self.bufferSize { try takeAll(&text) }
    }

    func takeAll(_ text: inout [UInt8]) throws(ColonnadeError) {
        try append(text)
        text.removeAll(keepingCapacity: true)
    }

    func append(_ bytes: [UInt8]) throws(ColonnadeError) {
        try stream?.write(bytes)
        try file?.write(bytes, at: offset)
        offset += bytes.count
        file?.beginWriteback(upTo: offset)
    }

    /// Writes anywhere, for files whose layout is known beforehand. Not for streams.
    func write(_ bytes: [UInt8], at offset: Int) throws(ColonnadeError) {
        precondition(!isStream, "a stream is written from front to back")
        try file?.write(bytes, at: offset)
    }

    /// Ends it: the file appears.
    func publish() throws(ColonnadeError) {
        guard let staging = staging.take() else { return }
        try staging.publish(replacing: replacing)
    }
}
