// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// A format of files that can be ingested: its names, its first bytes, and the source that reads it.
///
///     var options = IngestOptions()
///     options.format = .tsv
///
/// `allCases` has all formats. The opener of sources, the help of the command and error messages read them from there.
public struct SourceFormat: Sendable {
    /// The group of options that a format understands.
    enum Kind: Sendable {
        /// Arrays of elements whose type the file declares: no option of text.
        case arrays
        /// Samples with encoded files: storage of pictures and skipping of bad files; missing values and masks, for their text.
        case samples
        /// Text of records with keys: missing values and masks.
        case records
        /// Text of fields between delimiters: all options of text.
        case table
    }

    /// Opens a file of the format.
    typealias Opening =
        @Sendable (_ path: String, _ options: IngestOptions) throws(ColonnadeError) -> any RecordSource

    /// The name in options and messages, such as `jsonl`.
    public let name: String
    /// The name in sentences, such as `JSON Lines`.
    public let title: String
    let kind: Kind
    /// The ends of the names of its files, in lower case.
    package let suffixes: [String]
    /// Whether the source also reads its files when gzip compressed them.
    let mayBeGzipped: Bool
    /// Whether a file that begins with these bytes, decompressed, has the format. False for formats without such bytes.
    let recognises: @Sendable (_ firstBytes: [UInt8]) -> Bool
    let open: Opening
    /// Opens several files as one source, whose types are those of all values; nil if each is opened by itself.
    let openTogether:
        (@Sendable (_ paths: [String], _ options: IngestOptions) throws(ColonnadeError) -> any RecordSource)?

    init(
        _ name: String, title: String, _ kind: Kind, suffixes: [String], mayBeGzipped: Bool = true,
        recognises: @escaping @Sendable (_ firstBytes: [UInt8]) -> Bool = { _ in false }, open: @escaping Opening,
        openTogether: (
            @Sendable (_ paths: [String], _ options: IngestOptions) throws(ColonnadeError) -> any RecordSource
        )? = nil
    ) {
        self.name = name
        self.title = title
        self.kind = kind
        self.suffixes = suffixes
        self.mayBeGzipped = mayBeGzipped
        self.recognises = recognises
        self.open = open
        self.openTogether = openTogether
    }
}

extension SourceFormat {
    /// Finds the format of a name. Throws `invalidArgument`, with all names, if no format has it.
    public init(named name: String) throws(ColonnadeError) {
        guard let format = Self.allCases.first(where: { $0.name == name }) else {
            throw ColonnadeError(
                .invalidArgument, "there is no format \"\(name)\"; the formats are \(Self.names)")
        }
        self = format
    }

    /// Recognises the format of a file by its first bytes, decompressed, and otherwise by its name.
    ///
    /// Throws `unsupported`, with the names of all formats, if neither tells the format; `fileNotFound`, `invalidSource`,
    /// `system`.
    public init(detecting path: String) throws(ColonnadeError) {
        if try Syscalls.status(path: path)?.isFolder == true {
            if try DatasetFolder.isThere(path), try DatasetFolder(path).newestIfAny() != nil {
                throw Self.isDataset(path)
            }
            self = .folder
            return
        }
        var head: [UInt8] = []
        // A pipe can be read only once, so only its name is looked at.
        if try FileReader(path: path).byteCount != nil {
            var stream = try ByteStream(path: path)
            try stream.read(upTo: 512, appendingTo: &head)
        }
        if let format = Self.allCases.first(where: { $0.recognises(head) }) ?? Self.ofName(path) {
            self = format
            return
        }
        guard !head.starts(with: StoredDataset.firstBytes) else { throw Self.isDataset(path) }
        throw ColonnadeError(
            .unsupported,
            "its format is not known by its contents or name: say which of \(Self.names) it is (--format)",
            at: .file(path))
    }

    private static func isDataset(_ path: String) -> ColonnadeError {
        ColonnadeError(
            .unsupported,
            "it is a data set of Colonnade already: open it. colonnade pack copies it; to change or append its rows in Python, give ingest "
                + "or write_fragment the result of dx.open",
            at: .file(path))
    }

    /// Returns the format that the suffix of a path asks for, after `.gz` is removed; nil if no format has it.
    static func ofName(_ path: String) -> SourceFormat? {
        ofSuffix(path.lowercased().endsWithBytes(of: ".gz") ? String(path.unicodeScalars.dropLast(3)) : path)
    }

    /// Returns the format that the suffix of a path asks for; nil if no format has it.
    static func ofSuffix(_ path: String) -> SourceFormat? {
        let name = (path.split(separator: "/").last ?? "").lowercased()
        return allCases.first { $0.suffixes.contains { name.endsWithBytes(of: $0) } }
    }

    var isText: Bool { kind == .records || kind == .table || kind == .samples }

    var hasMedia: Bool { kind == .samples }

    /// The names of all formats, for messages.
    package static var names: String { allCases.map(\.name).joined(separator: ", ") }

    /// The formats of single files.
    package static var files: [SourceFormat] { allCases.filter { $0 != .folder } }

    /// All formats in one sentence: `IDX, .npz and CSV; all but .npz also gzipped; and folders of pictures`.
    package static var summary: String {
        let others = files.filter { !$0.mayBeGzipped }
        return sentence(files) + (others.isEmpty ? "; all" : "; all but \(sentence(others))")
            + " also gzipped; and \(folder.title)"
    }

    /// Returns the titles of formats, as part of a sentence.
    static func sentence(_ formats: [SourceFormat]) -> String {
        let titles = formats.map(\.title)
        guard titles.count > 1 else { return titles.first ?? "" }
        return titles.dropLast().joined(separator: ", ") + " and \(titles[titles.count - 1])"
    }
}

extension SourceFormat: Hashable, CustomStringConvertible {
    public static func == (left: SourceFormat, right: SourceFormat) -> Bool { left.name == right.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    public var description: String { name }
}
