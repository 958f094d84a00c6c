// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The columns of a data set, and the columns of a CSV file that each is made of.
struct CSVPlan: Sendable {
    struct Output: Sendable {
        var name: String
        /// Columns of the file that make it: one, or more for a vector.
        var columns: Range<Int>
        var isVector: Bool
        var requested: RequestedType?
    }

    private(set) var outputs: [Output] = []
    /// Column of the file → index of its output. The columns of an output are neighbours.
    private(set) var targets: [Int] = []

    private let source: String
    private static let outputLimit = 65_535

    /// Throws `invalidSource` for repeated names, `unknownKey` and `invalidArgument` for options that do not go
    /// with the header.
    init(header: [String], options: TextSourceOptions, source: String) throws(ColonnadeError) {
        self.source = source
        let indices = try Self.indices(header, source)
        let vectors = try vectorRanges(header, indices, options)
        var column = 0
        while column < header.count {
            var output = Output(name: header[column], columns: column..<column + 1, isVector: false)
            if let vector = vectors.first(where: { $0.columns.lowerBound == column }) { output = vector }
            output.requested = options.types[output.name]
            try check(output)
            targets.append(contentsOf: repeatElement(outputs.count, count: output.columns.count))
            outputs.append(output)
            column = output.columns.upperBound
        }
        guard outputs.count <= Self.outputLimit else {
            throw ColonnadeError(
                .invalidSource,
                "\(outputs.count) columns are more than the \(Self.outputLimit) that a data set has; make tensors of them "
                    + "with --vector pixels=FIRST:LAST", at: .record(source: source, record: nil, column: nil))
        }
        let schema = try Schema(outputs.map { Field($0.name, kind: .string) })
        for name in options.namedColumns { _ = try schema.index(ofColumn: name) }
    }

    private static func indices(_ header: [String], _ source: String) throws(ColonnadeError) -> NameMap<Int> {
        var indices: NameMap<Int> = [:]
        for (index, name) in header.enumerated() {
            if let other = indices.updateValue(index, forName: name) {
                throw ColonnadeError(
                    .invalidSource, "columns \(other + 1) and \(index + 1) have the same name; rename one",
                    at: .record(source: source, record: nil, column: name))
            }
        }
        return indices
    }

    private func vectorRanges(
        _ header: [String], _ indices: NameMap<Int>, _ options: TextSourceOptions
    ) throws(ColonnadeError) -> [Output] {
        guard !options.text.vectors.isEmpty else { return [] }
        let names = try Schema(header.map { Field($0, kind: .string) })
        var taken: [Output] = []
        for vector in options.text.vectors {
            if options.toleratesAbsentColumns, names.index(named: vector.first) == nil { continue }
            let first = try names.index(ofColumn: vector.first)
            let last = try names.index(ofColumn: vector.last)
            guard first <= last else {
                throw argumentFault(
                    vector.name, "\(vector.first) comes after \(vector.last) in the header; name the first column first"
                )
            }
            if let other = taken.first(where: { $0.columns.overlaps(first..<last + 1) }) {
                throw argumentFault(
                    vector.name, "it shares columns with \(other.name); a column goes to one tensor only")
            }
            if let clash = indices[vector.name], clash < first || clash > last {
                throw argumentFault(vector.name, "another column already has this name; choose another for the tensor")
            }
            taken.append(Output(name: vector.name, columns: first..<last + 1, isVector: true))
        }
        return taken
    }

    private func check(_ output: Output) throws(ColonnadeError) {
        guard let requested = output.requested else { return }
        if output.isVector, requested.kind != .tensor {
            throw argumentFault(
                output.name, "a tensor of several columns cannot be \(requested); ask for a type of numbers")
        }
        let shape: [Int?] = output.isVector ? [output.columns.count] : []
        guard requested.shape == nil || requested.shape == shape else {
            throw argumentFault(
                output.name,
                "\(requested) has another shape than the columns give, which is \(shape.map { $0 ?? 0 }); ask for "
                    + "\(requested.dtype.name), and make tensors with --vector")
        }
    }

    private func argumentFault(_ column: String, _ message: String) -> ColonnadeError {
        ColonnadeError(.invalidArgument, message, at: .record(source: source, record: nil, column: column))
    }
}

extension CSVPlan.Output {
    /// Returns the field of the column with this type.
    func field(_ type: RequestedType) -> Field {
        type.field(name, isVector ? [columns.count] : [])
    }
}
