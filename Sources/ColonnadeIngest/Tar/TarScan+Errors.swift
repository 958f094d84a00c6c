// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension TarScan {
    /// Returns the error for bytes that begin no archive.
    func other(_ range: Range<Int>, _ folder: [UInt8], _ head: [UInt8]) -> ColonnadeError {
        let name = folder.isEmpty ? "it" : quoted(folder.dropLast() + Array(".tar".utf8))
        let reason: String
        if range.isEmpty {
            reason = "\(name) is empty, and no tar archive: make it again"
        } else if head.starts(with: [0x1F, 0x8B]) {
            reason = "\(name) is compressed by gzip, and members are read at their place: unpack it first (gzip -d)"
        } else if let other = ByteStream.otherCompression(head) {
            reason =
                "\(name) is compressed by \(other.name), and members are read at their place: unpack it first (\(other.tool))"
        } else if head.starts(with: Array("PK".utf8)) {
            reason = "\(name) is a zip archive, and no tar archive: unpack it"
        } else {
            reason = "\(name) is no tar archive, or its first header is damaged: check the path, or get it again"
        }
        return failure(reason, range.lowerBound)
    }

    func sparse(_ header: TarHeader, _ offset: Int) -> ColonnadeError {
        failure(
            "\(quoted(header.name)) is a file with holes, which is not stored as it is: make the archive again without --sparse",
            offset - TarHeader.blockSize)
    }

    func quoted(_ name: [UInt8]) -> String { "\"\(String(fileName: name).readableFileName)\"" }

    func failure(_ message: String, _ offset: Int) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .file(path, offset: offset))
    }
}
