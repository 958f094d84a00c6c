// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The formats that a data set can be exported to.
public enum ExportFormat: String, CaseIterable, Sendable, Hashable {
    case npz, jsonl, csv, tsv

    /// Finds the format of a name. Throws `invalidArgument`, with all names, if no format has it.
    public init(named name: String) throws(ColonnadeError) {
        guard let format = ExportFormat(rawValue: name) else {
            throw ColonnadeError(.invalidArgument, "there is no format \"\(name)\"; the formats are \(Self.known)")
        }
        self = format
    }

    /// Finds the format that the suffix of a path asks for. Throws `invalidArgument`, with all names, if no format has it.
    public init(forPath path: String) throws(ColonnadeError) {
        guard let format = SourceFormat.ofSuffix(path).flatMap({ ExportFormat(rawValue: $0.name) }) else {
            throw ColonnadeError(
                .invalidArgument,
                "its ending tells no format: let it end in .npz, .jsonl, .csv or .tsv, or say which of \(Self.known) it "
                    + "is to be (--format)", at: .file(path))
        }
        self = format
    }

    private static var known: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// Returns the options that ingest needs to make the same columns again. Text does not store the type of a number.
    public func ingestOptions(for schema: Schema) -> IngestOptions {
        var options = IngestOptions()
        for field in schema {
            // Arrays store their types, except times of day, which NumPy does not have.
            if self == .npz, field.time?.kind != .time { continue }
            options.types[field.name] = RequestedType(field)
            if self == .csv || self == .tsv, field.kind == .tensor, !field.shape.isEmpty {
                options.text.vectors.append(
                    VectorColumn(
                        name: field.name, first: "\(field.name)_0", last: "\(field.name)_\(field.fixedElementCount - 1)"
                    ))
            }
        }
        return options
    }

    /// Returns these types as arguments of `colonnade ingest`.
    public func ingestArguments(for schema: Schema) -> [String] {
        let options = ingestOptions(for: schema)
        var arguments: [String] = []
        for field in schema {
            guard let type = options.types[field.name] else { continue }
            arguments += ["--type", "\(field.name)=\(String(describing: type).filter { $0 != " " })"]
        }
        for vector in options.text.vectors {
            arguments += ["--vector", "\(vector.name)=\(vector.first):\(vector.last)"]
        }
        return arguments
    }
}
