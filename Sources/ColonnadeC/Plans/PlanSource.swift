// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeIngest
internal import ColonnadeStore

/// The beginning of a plan: the samples, and where another process finds them.
struct PlanSource: Sendable {
    enum Origin: Sendable {
        /// A file; or a version of a data set of many files.
        case file(path: String, StoredDataset.Verification, identity: UInt64, version: Int?)
        case csv(TextInput, separator: String, quote: String)
        case lines(TextInput, key: String)
        case filesOfTar(path: String, isNested: Bool, identity: UInt64)
        /// Samples that exist only in memory: given by the program, or made by an operation that keeps them.
        case samples(isGiven: Bool)
        case iterable(ForeignSource)

        /// The name in the text of a plan.
        var name: String {
            switch self {
            case .file: "open"
            case .csv: "csv"
            case .lines: "lines"
            case .filesOfTar: "files_of_tar"
            case .samples(let isGiven): isGiven ? "samples" : "materialized"
            case .iterable: "iterable"
            }
        }
    }

    let origin: Origin
    let contents: PipelineHandle.Contents
    /// The metadata of the file: key, value, key, value …
    var metadata = CTexts([])
    /// Whether batches that would be views of a file are copied.
    var isCopying = false

    init(_ origin: Origin, _ contents: PipelineHandle.Contents) {
        self.origin = origin
        self.contents = contents
    }
}

extension PlanSource {
    /// Opens a file, or a version of a data set of many files. Throws `invalidArgument` if it has another identity than the one
    /// that is given.
    init(
        path: String, _ verification: StoredDataset.Verification, isCopying: Bool, version: Int? = nil,
        tag: String? = nil, identity: String? = nil
    ) throws(ColonnadeError) {
        let buffer: Buffer
        let dataset: any OpenDataset
        let number: Int?
        if let opened = try DatasetVersion(ifFolder: path, version: version, tag: tag, verification: verification) {
            (buffer, dataset, number) = (Buffer(opened), opened, opened.version)
        } else {
            let opened = try StoredDataset(path: path, verification: verification)
            (buffer, dataset, number) = (Buffer(opened), opened, nil)
        }
        let source = Origin.file(path: path, verification, identity: dataset.identity, version: number)
        if let identity, identity != PlanSource.text(dataset.identity) {
            throw ColonnadeError(
                .invalidArgument,
                "\(path.readableFileName) is not the file that the buffer or the plan was made from: open it again")
        }
        self.init(source, .buffer(buffer))
        metadata = CTexts(dataset.metadata.flatMap { [$0.key, $0.value] })
        self.isCopying = isCopying
    }

    init(csv input: TextInput, separator: String, quote: String) throws(ColonnadeError) {
        let dialect = try CSVDialect(
            separator: single(separator, "separator"), quote: quote.isEmpty ? nil : single(quote, "quote"))
        self.init(.csv(input, separator: separator, quote: quote), .stream(try Stream.csv(input, dialect)))
    }

    init(lines input: TextInput, key: String) throws(ColonnadeError) {
        self.init(.lines(input, key: key), .stream(try Stream.lines(input, key: key)))
    }

    /// Lists the files of a tar archive. Throws `invalidArgument` if it has other members than those with the identity that is given.
    init(filesOfTar path: String, isNested: Bool, identity: String? = nil) throws(ColonnadeError) {
        let index = try TarArchive(path: path, isNested: isNested).index
        if let identity, identity != PlanSource.text(index.identity) {
            throw ColonnadeError(
                .invalidArgument,
                "\(path.readableFileName) has other members than the archive that the plan was made from: list them again"
            )
        }
        self.init(
            .filesOfTar(path: path, isNested: isNested, identity: index.identity), .buffer(try Buffer.files(of: index)))
    }

    /// Returns the identity of a file as it stands in the text of a plan.
    static func text(_ identity: UInt64) -> String {
        let digits = String(identity, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Returns the number that a text of a plan has; nil for no text. Throws `invalidArgument` for another text.
    static func number(_ text: String?) throws(ColonnadeError) -> UInt64? {
        guard let text else { return nil }
        guard let number = UInt64(text, radix: 16) else {
            throw ColonnadeError(.invalidArgument, "\"\(text)\" is no hexadecimal number of 64 bits")
        }
        return number
    }
}
