// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
public import ColonnadeStore

/// Compares data sets with the JSON that `formats/vectors/README.md` describes.
public enum JSONContents {
    /// Returns the differences as sentences. A test expects none.
    ///
    /// - Parameter exactStatistics: whether mean and deviation must be equal to the last digit.
    public static func differences(
        _ dataset: any OpenDataset, _ json: JSON, segments: Bool = true, exactStatistics: Bool = false
    ) throws -> [String] {
        var problems: [String] = []
        func expect(_ isRight: Bool, _ what: @autoclosure () -> String) { if !isRight { problems.append(what()) } }
        expect(dataset.rowCount == json["rows"]?.int, "rows: \(dataset.rowCount)")
        let file = dataset as? StoredDataset
        if segments, let file {
            expect(file.segmentCount == json["segments"]?.int, "segments: \(file.segmentCount)")
        }
        let metadata = json["metadata"]
        expect(dataset.metadata.count == metadata?.members.count ?? 0, "\(dataset.metadata.count) metadata entries")
        for (key, value) in dataset.metadata { expect(metadata?[key]?.string == value, "metadata \"\(key)\"") }
        let all = json["columns"]?.array ?? []
        let entryPoints = Set(all.compactMap { $0["entryPoints"]?.string })
        let columns = all.filter { !entryPoints.contains($0["name"]?.string ?? "") }
        guard columns.count == dataset.schema.count else { return problems + ["\(dataset.schema.count) columns"] }
        let rows = try ColonnadeStoreTestSupport.columns(of: dataset)
        for (index, column) in columns.enumerated() {
            let field = dataset.schema[index]
            let place = "column \(field.name): "
            expect(field.name.utf8.elementsEqual((column["name"]?.string ?? "").utf8), place + "name")
            expect("\(field.kind)" == column["kind"]?.string, place + "kind \(field.kind)")
            expect(field.dtype.name == column["dtype"]?.string, place + "dtype \(field.dtype)")
            expect(field.shape == column["shape"]?.array.map(\.int), place + "shape \(field.shape)")
            if let file {
                expect(
                    file.storage(ofColumn: index).codec.name == column["codec"]?.string ?? "plain", place + "codec")
            }
            let meaning: Field.Meaning? =
                if let labels = column["labels"] {
                    .classLabels(labels.array.compactMap(\.string))
                } else if let media = column["media"]?.string {
                    .media(media)
                } else { column["time"]?.string.flatMap { TimeType(parsing: $0) }.map { .time($0) } }
            expect(field.meaning == meaning, place + "meaning \(String(describing: field.meaning))")
            if let file {
                problems += try differences(ofEntryPoints: file, index, column["entryPoints"]?.string, json["data"])
            }
            if let statistics = column["statistics"] {
                problems += differences(dataset, index, statistics, exact: exactStatistics).map { place + $0 }
            }
            let expected = json["data"]?[field.name]?.array ?? []
            guard expected.count == rows[index].count else {
                problems.append(place + "\(rows[index].count) rows, not \(expected.count)")
                continue
            }
            for (row, (value, json)) in zip(rows[index], expected).enumerated() where !isEqual(value, json, field) {
                problems.append(place + "row \(row) is \(value), not \(json)")
            }
        }
        return problems
    }

    private static func differences(
        ofEntryPoints dataset: StoredDataset, _ column: Int, _ name: String?, _ data: JSON?
    ) throws -> [String] {
        guard let name else { return dataset.hasEntryPoints(ofColumn: column) ? ["entry points"] : [] }
        let expected = data?[name]?.array ?? []
        guard expected.count == dataset.rowCount else { return ["\(expected.count) rows of entry points"] }
        return try expected.enumerated().compactMap { row, expected in
            let found = try dataset.entryPoints(ofRow: row, column: column, from: TensorPool(keeping: 0))
            return hex(try found?.elements(as: UInt8.self) ?? []) == expected.string
                ? nil : "entry points of row \(row)"
        }
    }

    private static func differences(
        _ dataset: any OpenDataset, _ column: Int, _ json: JSON, exact: Bool
    ) -> [String] {
        let noted = dataset.statistics(ofColumn: column)
        var problems: [String] = []
        for (name, value) in [
            ("elements", noted.elements), ("nonFinite", noted.nonFinite), ("shortest", noted.shortest),
            ("longest", noted.longest),
        ] where json[name]?.int != value {
            problems.append("\(name) is \(value)")
        }
        for (name, value) in [("min", noted.min), ("max", noted.max)] {
            let isRight =
                switch value {
                case .signed(let value): json[name] == .number("\(value)")
                case .unsigned(let value): json[name] == .number("\(value)")
                case .floating(let value): json[name]?.double == value
                }
            if !isRight { problems.append("\(name) is \(value)") }
        }
        let span = max(abs(noted.min.double), abs(noted.max.double))
        for (name, value) in [("mean", noted.mean), ("deviation", noted.deviation)] {
            let expected = json[name]?.double ?? .nan
            let tolerance = exact ? 0 : 1e-12 * max(abs(expected), span)
            if !(abs(value - expected) <= tolerance) { problems.append("\(name) is \(value), not \(expected)") }
        }
        return problems
    }

    private static func isEqual(_ value: StoredValue, _ json: JSON, _ field: Field) -> Bool {
        switch field.kind {
        case .string: return json.string.map { Array($0.utf8) == value.bytes } ?? false
        case .bytes:
            return json.string == hex(value.bytes)
        case .tensor:
            var (expectedShape, elements) = flattened(json, rank: field.shape.count)
            if let given = json["shape"]?.array.compactMap(\.int) { (expectedShape, elements) = (given, []) }
            let own = elementList(value.bytes, field.dtype)
            return expectedShape == shape(of: value, field) && own.count == elements.count
                && zip(own, elements).allSatisfy { $0.matches($1) }
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Returns the shape and the elements of nested lists.
    private static func flattened(_ json: JSON, rank: Int) -> ([Int], [JSON]) {
        guard rank > 0 else { return ([], [json]) }
        let parts = json.array.map { flattened($0, rank: rank - 1) }
        return ([parts.count] + (parts.first?.0 ?? []), parts.flatMap(\.1))
    }
}
