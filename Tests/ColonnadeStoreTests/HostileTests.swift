// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import Testing

/// Tests small files that claim to be large and break no rule.
@Suite struct HostileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("data") }

    init() throws { folder = try TemporaryFolder() }

    private func column(_ field: Field, group: Int? = nil) -> ColumnDescriptor {
        ColumnDescriptor(
            field: field, codec: .plain, group: group, offset: 0, statistics: ColumnStatistics(field.dtype))
    }

    private func writeFile(_ columns: [ColumnDescriptor], _ groups: [GroupDescriptor], sequence: UInt64 = 1) throws {
        let footer = FileFooter(
            rowCount: 0, blockExponent: 16, columns: columns, groups: groups, runs: [], metadata: [], retired: []
        ).encoded()
        let slot = CommitSlot(sequence: sequence, end: 128 + footer.count + 32).encoded()
        let trailer = FileTrailer(
            sequence: sequence, footerLength: footer.count, footerChecksum: Checksum.of(footer)
        ).encoded()
        try write(FileHeader.encoded() + slot + [UInt8](repeating: 0, count: 32) + footer + trailer, toFile: path)
    }

    @Test func `no memory is allocated for the stride of an empty file`() throws {
        try writeFile([column(Field("x", .bool), group: 0)], [GroupDescriptor(stride: 1 << 40, codec: .plain)])
        #expect(try DatasetVerifier.verify(path: path).problems == [])
        #expect(try StoredDataset(path: path).gather(rows: [], columns: [0], from: TensorPool()).map(\.shape) == [[0]])
        let error = #expect(throws: ColonnadeError.self) { try append([[StoredValue(bytes: [1])]], to: path) }
        #expect(error?.code == .unsupported)
    }

    @Test func `a file whose sequence cannot grow is not appended to`() throws {
        try writeFile(
            [column(Field("x", .int8), group: 0)], [GroupDescriptor(stride: 1, codec: .plain)], sequence: .max)
        #expect(try DatasetVerifier.verify(path: path).problems == [])
        let error = #expect(throws: ColonnadeError.self) { try append([[StoredValue(bytes: [1])]], to: path) }
        #expect(error?.code == .invalidArgument)
    }

    @Test(.timeLimit(.minutes(15))) func `the cost of many columns is linear`() throws {
        let count = 65_535
        try writeFile((0..<count).map { column(Field("c\($0)", .uint8, [nil, nil])) }, [])
        #expect(try StoredDataset(path: path).schema.count == count)
        try writeFile(
            (0..<count).map { column(Field("c\($0)", .uint8), group: $0) },
            [GroupDescriptor](repeating: GroupDescriptor(stride: 1, codec: .plain), count: count))
        #expect(try StoredDataset(path: path).schema.count == count)
        #expect(try DatasetVerifier.verify(path: path).problems == [])
        #expect(try DatasetWriter(appendingTo: path).finish().rowCount == 0)
    }

    @Test func `schemas that no file can hold are refused before a file is made`() throws {
        let large = 1 << 40
        for field in [
            Field("x", .uint8, [large, 2]), Field("x", .uint8, [0, large, 2]), Field("x", .uint8, [-1]),
            Field("x", .uint8, [nil, 0]), Field("x", .uint16, [nil, large]),
            Field("x", .uint8, [Int?](repeating: 1, count: 33)), Field(String(repeating: "n", count: 65_536), .uint8),
            Field("x", .float32, meaning: .classLabels(["a"])), Field("x", .bool, meaning: .classLabels(["a"])),
            Field("x", kind: .string, meaning: .media("text/plain")), Field("x", kind: .bytes, meaning: .media("")),
            Field("x", kind: .bytes, meaning: .media("ü")),
        ] {
            let schema = try Schema([field])
            let error = #expect(throws: ColonnadeError.self) {
                _ = try DatasetWriter(creating: path, schema: schema).schema
            }
            #expect(error?.code == .invalidArgument, "\(field)")
        }
        let schema = try Schema([Field("x", .uint8)])
        var wrong = [WriterOptions](repeating: WriterOptions(), count: 6)
        wrong[0].codecs = ["y": .zlib]
        wrong[1].metadata = ["": "value"]
        wrong[2].metadata = [String(repeating: "k", count: 65_536): ""]
        wrong[3].segmentBytes = 0
        wrong[4].checksumBlockExponent = 11
        wrong[5].checksumBlockExponent = 21
        for options in wrong {
            #expect(throws: ColonnadeError.self) {
                _ = try DatasetWriter(creating: path, schema: schema, options: options).schema
            }
        }
        #expect(try folder.names == [])
    }
}
