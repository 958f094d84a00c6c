// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// The check of the entry points of one column (R36).
struct EntryPointContents {
    private let dataset: StoredDataset
    private let files: ColumnReader
    private let entryPoints: ColumnReader

    init(_ dataset: StoredDataset, of files: Int, in entryPoints: Int) {
        self.dataset = dataset
        self.files = dataset.columns[files]
        self.entryPoints = dataset.columns[entryPoints]
    }

    func run() throws(ColonnadeError) {
        var reader = RowReader(dataset, isCheckedMeanwhile: true)
        let pool = TensorPool(keeping: 1)
        for row in 0..<dataset.rowCount {
            var size: [Int] = []
            // A row that breaks R27 is reported for its own column.
            guard (try? reader.dimensions(row, column: files, appendingTo: &size)) != nil,
                let value = try? reader.variableValue(row, entryPoints, pool)
            else { continue }
            let problem = try value.withSpan(as: UInt8.self) { EntryPointContents.problem($0, fileSize: size[0]) }
            if let problem {
                throw ColonnadeError(
                    .corruptFile,
                    "the file is damaged: \(problem), in \(dataset.path)",
                    at: .row(row, column: files.field.name), rule: 36)
            }
        }
    }

    private static func problem(_ bytes: Span<UInt8>, fileSize: Int) -> String? {
        guard !bytes.isEmpty else { return nil }
        let (header, size) = (ForeverConstants.entryPointsHeaderSize, ForeverConstants.entryPointSize)
        guard bytes.count > header, (bytes.count - header) % size == 0 else {
            return "its entry points have \(bytes.count) bytes"
        }
        func number(_ start: Int) -> Int {
            Int(bytes[start]) | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2]) << 16 | Int(bytes[start + 3]) << 24
        }
        guard number(0) > 0 else { return "its entry points are 0 units apart" }
        var previous = -1
        for start in stride(from: header, to: bytes.count, by: size) {
            let place = number(start)
            guard place > previous, place / 8 < fileSize else {
                return "an entry point is at bit \(place) of a file of \(fileSize) bytes"
            }
            previous = place
        }
        return nil
    }
}
