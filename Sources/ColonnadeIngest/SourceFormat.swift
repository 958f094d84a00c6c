// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// The formats that can be ingested.
public enum SourceFormat: String, CaseIterable, Sendable, Hashable {
    case idx, npy, npz, csv, tsv, jsonl

    /// The format of that name. Throws `invalidArgument`, listing those there are.
    public init(named name: String) throws(ColonnadeError) {
        guard let format = SourceFormat(rawValue: name) else {
            throw ColonnadeError(.invalidArgument, "there is no format \"\(name)\"; there are \(Self.known)")
        }
        self = format
    }

    /// Finds out by the first bytes of a file, decompressed, and then by its name.
    ///
    /// Throws `unsupported` for what is not known, listing what is; `fileNotFound`, `invalidSource`, `system`.
    public init(detecting path: String) throws(ColonnadeError) {
        var head: [UInt8] = []
        // A pipe gives its bytes once, so its name must do.
        if try FileReader(path: path).byteCount != nil {
            var stream = try ByteStream(path: path)
            try stream.read(upTo: 8, appendingTo: &head)
        }
        if let format = Self.ofContent(head) ?? Self.ofName(path) {
            self = format
            return
        }
        guard !head.starts(with: StoredDataset.firstBytes) else {
            throw ColonnadeError(
                .unsupported,
                "it is a Colonnade file already: open it. To write it anew, give ingest what open gives in Python (dx.open)",
                at: .file(path))
        }
        throw ColonnadeError(
            .unsupported,
            "its format is not known by its contents or name: say which of \(Self.known) it is (--format)",
            at: .file(path))
    }

    private static var known: String { allCases.map(\.rawValue).joined(separator: ", ") }

    private static func ofContent(_ head: [UInt8]) -> SourceFormat? {
        if head.starts(with: NumPyHeader.magic) { return .npy }
        if head.starts(with: [0x50, 0x4B, 3, 4]) || head.starts(with: [0x50, 0x4B, 5, 6]) { return .npz }
        if head.count >= 4, head[0] == 0, head[1] == 0, (0x08...0x0E).contains(head[2]), head[2] != 0x0A, head[3] > 0 {
            return .idx
        }
        return nil
    }

    private static func ofName(_ path: String) -> SourceFormat? {
        var name = (path.split(separator: "/").last ?? "").lowercased()
        if name.hasSuffix(".gz") { name.removeLast(3) }
        if name.hasSuffix("-ubyte") || name.hasSuffix(".idx") { return .idx }
        switch name.split(separator: ".").dropFirst().last {
        case "npy": return .npy
        case "npz": return .npz
        case "csv": return .csv
        case "tsv", "tab": return .tsv
        case "jsonl", "ndjson", "json": return .jsonl
        default: return nil
        }
    }
}
