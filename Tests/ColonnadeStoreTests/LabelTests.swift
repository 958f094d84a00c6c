// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeStoreTestSupport
import Testing

/// Tests that a column with class names contains only the indices of the names and, if it is signed, -1.
@Suite struct LabelTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("data.colonnade") }

    init() throws { folder = try TemporaryFolder() }

    private func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private func write(_ rows: [[UInt8]], _ field: Field) throws {
        try ColonnadeStoreTestSupport.write(
            [rows.map { StoredValue(bytes: $0) }], try Schema([field]), to: path,
            options: WriterOptions(), rowsPerChunk: 2)
    }

    @Test func `labels out of range are refused with their row`() throws {
        let names = Field.Meaning.classLabels(["a", "b", "c"])
        let wrong: [(DType, [UInt8], String)] = [
            (.int8, bytes(Int8(3)), "3"), (.int8, bytes(Int8(-2)), "-2"), (.uint8, bytes(UInt8(255)), "255"),
            (.int16, bytes(Int16.min), "-32768"), (.int64, bytes(Int64.max), "9223372036854775807"),
            (.uint64, bytes(UInt64.max), "an integer beyond int64"), (.uint32, bytes(UInt32(3)), "3"),
        ]
        for (dtype, bad, shown) in wrong {
            let zero = [UInt8](repeating: 0, count: dtype.size)
            let error = #expect(throws: ColonnadeError.self) {
                try write([zero, zero, zero, bad, zero], Field("y", dtype, meaning: names))
            }
            #expect(error?.place == .row(3, column: "y"))
            #expect(error?.message.hasPrefix("\(shown) is out of range for 3 labels (0..<3") == true)
            let lists = #expect(throws: ColonnadeError.self) {
                try write([zero, [], zero + bad], Field("y", dtype, [nil], meaning: names))
            }
            #expect(lists?.place == .row(2, column: "y"))
        }
    }

    @Test func `all labels, and no class, are kept`() throws {
        let rows = [2, 0, -1, 1].map { bytes(Int32($0)) }
        try write(rows, Field("y", .int32, meaning: .classLabels(["a", "b", "c"])))
        #expect(try columns(of: StoredDataset(path: path))[0].map(\.bytes) == rows)
    }
}
