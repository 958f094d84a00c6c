// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The first pass over JSON records, which collects the keys and the evidence of their values.
struct JSONSurvey: Sendable {
    private(set) var paths: JSONPaths
    private(set) var recordCount = 0
    /// Columns without a single value, whose type the caller does not say; known once the columns are settled.
    private(set) var columnsWithoutValues: Set<ExactName> = []
    /// The evidence of each node of `paths`.
    private var evidence: [JSONEvidence] = [JSONEvidence()]
    private let options: TextSourceOptions
    private let source: String
    private var parser = JSONParser()
    private var scratch: [UInt8] = []
    private var meter = InterruptMeter(every: TextWindow.interruptPeriod)

    /// A settled column: which node of `paths` it is, and its field.
    struct Column: Sendable {
        var node: Int
        var field: Field
    }

    init(_ options: TextSourceOptions, source: String) {
        paths = JSONPaths(declared: Set(options.types.names.exactNames))
        self.options = options
        self.source = source
    }

    /// Takes note of one record. Throws `invalidSource`, and `cancelled` if Ctrl-C was pressed.
    mutating func observe(_ text: Span<UInt8>, line: Int) throws(ColonnadeError) {
        try meter.advance(by: text.count + 64)
        try JSONSurvey.parse(text, with: &parser, source: source, record: recordCount + 1, line: line)
        recordCount += 1
        try observeObject(0, path: 0, text)
    }

    /// Parses a line that must hold an object. Errors name the record and the line.
    static func parse(
        _ text: Span<UInt8>, with parser: inout JSONParser, source: String, record: Int, line: Int
    ) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            try parser.parse(text)
        } catch {
            // The hint replaces the remedy of the parser.
            let fault = text.hint.map { "\(error.message.prefix { $0 != ";" }); \($0)" } ?? error.message
            throw ColonnadeError(
                .invalidSource, "line \(line): \(fault)",
                at: .record(source: source, record: record, column: nil))
        }
        guard parser.nodes[0].kind == .object else {
            throw ColonnadeError(
                .invalidSource,
                "line \(line): this is no JSON object; \(text.hint ?? "each line holds one, from keys to values")",
                at: .record(source: source, record: record, column: nil))
        }
    }

    private mutating func observeObject(_ object: Int, path: Int, _ text: Span<UInt8>) throws(ColonnadeError) {
        var key = object + 1
        let end = Int(parser.nodes[object].next)
        var hint = 0
        while key < end {
            let child = try child(parser.nodes[key], of: path, hint: hint, text)
            paths.note(child, record: recordCount)
            let value = key + 1
            if parser.nodes[value].kind == .object, !paths.nodes[child].isDeclared {
                paths.noteObject(child, record: recordCount)
                try observeObject(value, path: child, text)
            } else {
                try observeValue(value, child, text)
            }
            key = Int(parser.nodes[value].next)
            hint += 1
        }
    }

    private mutating func child(
        _ key: JSONNode, of path: Int, hint: Int, _ text: Span<UInt8>
    ) throws(ColonnadeError) -> Int {
        if let known = JSONText.withText(of: key, in: text, &scratch, { paths.find($0, in: path, hint: hint) }) {
            return known
        }
        let name = JSONText.bytes(of: key, in: text)
        do throws(ColonnadeError) {
            let added = try paths.add(name.span, to: path)
            evidence.append(JSONEvidence())
            return added
        } catch {
            throw ColonnadeError(
                .invalidSource, error.message, at: .record(source: source, record: recordCount, column: nil))
        }
    }

    private mutating func observeValue(_ index: Int, _ child: Int, _ text: Span<UInt8>) throws(ColonnadeError) {
        let node = parser.nodes[index]
        let record = recordCount
        evidence[child].noteRecord(record)
        switch node.kind {
        case .null: evidence[child].observeNull(record: record)
        case .number, .yes, .no, .object:
            evidence[child].observeScalar(node.kind, text.extracting(node.range), record: record)
        case .string:
            JSONText.withText(of: node, in: text, &scratch) { evidence[child].observeString($0, record: record) }
        case .array:
            evidence[child].observeArray(parser.shape(of: index), text.extracting(node.range), record: record)
            var element = index + 1
            while element < Int(node.next) {
                let inner = parser.nodes[element]
                element = inner.kind == .array ? element + 1 : Int(inner.next)
                if inner.kind == .array { continue }
                evidence[child].observeElement(inner.kind, text.extracting(inner.range), record: record)
            }
        }
    }

    /// Returns the columns, in the order in which their keys came, and the reasons for their types.
    /// Missing values that have no fill are noted in `gaps`.
    mutating func settle(_ gaps: inout TextGaps) throws(ColonnadeError) -> (columns: [Column], reasons: [String]) {
        if recordCount == 0 {
            // An empty data set was exported: only the types tell its columns.
            for name in options.types.names {
                _ = try paths.add(Array(name.utf8).span, to: 0)
                evidence.append(JSONEvidence())
            }
        }
        var columns: [Column] = []
        var reasons: [String] = []
        var inference = JSONInference(source: source, options: options)
        for node in paths.inOrder {
            let path = paths.nodes[node]
            evidence[node].finish(recordCount: recordCount)
            let columnEvidence = evidence[node]
            if path.objects > 0 {
                try refuseValues(path, columnEvidence)
                continue
            }
            let settled = try inference.settle(path.name, columnEvidence, requested: options.types[path.name])
            columns.append(Column(node: node, field: settled.field))
            if columnEvidence.isWithoutValues, options.types[path.name] == nil {
                columnsWithoutValues.insert(ExactName(path.name))
            }
            if let reason = settled.reason { reasons.append(reason) }
        }
        try check(columns)
        gaps = inference.gaps
        return (columns, reasons)
    }

    /// Throws `invalidSource` for a key that has objects in some records and other values than null in others.
    private func refuseValues(_ path: JSONPaths.Node, _ columnEvidence: JSONEvidence) throws(ColonnadeError) {
        guard let value = columnEvidence.kinds.first else { return }
        throw ColonnadeError(
            .invalidSource,
            "record \(path.firstObject) has an object and record \(value.first.record) has \(value.words); make all of one kind, or "
                + "keep the JSON text with --type \(path.name)=string",
            at: .record(source: source, record: value.first.record, column: path.name))
    }

    private func check(_ columns: [Column]) throws(ColonnadeError) {
        func fault(_ message: String, _ column: String? = nil) -> ColonnadeError {
            ColonnadeError(.invalidSource, message, at: .record(source: source, record: nil, column: column))
        }
        guard !columns.isEmpty else {
            throw fault(
                "there is no record with a key; is it the right file? If there is to be no row, name the columns with --type"
            )
        }
        var names: Set<ExactName> = []
        for column in columns where !names.insert(ExactName(column.field.name)).inserted {
            throw fault("two keys have this name once nested ones are joined with dots; rename one", column.field.name)
        }
        guard options.text.vectors.isEmpty else {
            throw ColonnadeError(
                .invalidArgument, "--vector is for CSV columns; JSON Lines has arrays, which become tensors")
        }
        let schema = try Schema(columns.map(\.field))
        for name in options.namedColumns { _ = try schema.index(ofColumn: name) }
    }
}

extension Span<UInt8> {
    /// The remedy for a line that begins JSON over several lines; nil for other lines.
    fileprivate var hint: String? {
        let range = trimmedRange
        guard !range.isEmpty else { return nil }
        switch self[range.lowerBound] {
        case UInt8(ascii: "["):
            return "a file that is one array becomes JSON Lines with: jq -c '.[]' file.json > file.jsonl"
        case UInt8(ascii: "{") where range.count == 1:
            return "put an object that takes several lines on one line with: jq -c . file.json > file.jsonl"
        default: return nil
        }
    }
}
