// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStoreTestSupport
import Foundation
import Testing

@testable import ColonnadeStore

/// Tests which bytes of files a request for consecutive rows names.
@Suite struct RowBlockTests {
    private func open(_ name: String) throws -> StoredDataset {
        try StoredDataset(path: "\(Repository.vectors)/\(name).colonnade")
    }

    /// Returns the bytes of the ranges that have a part of rows.
    private func bytes(
        _ dataset: StoredDataset, _ rows: Range<Int>, _ key: String, _ part: RequestedPart
    ) throws -> [[UInt8]] {
        let file = try Data(contentsOf: URL(filePath: dataset.path))
        let column = try dataset.schema.index(of: key)
        return dataset.ranges(ofBlock: rows, columns: [column], part).map { [UInt8](file[$0]) }
    }

    @Test func `a request names the bytes of the rows, segment by segment`() throws {
        // Segments of two, one and one rows.
        let dataset = try open("appended-once")
        #expect(try bytes(dataset, 0..<4, "x", .values) == [[1, 0, 2, 0], [3, 0], [252, 255]])
        #expect(try bytes(dataset, 1..<3, "x", .values) == [[2, 0], [3, 0]])
        #expect(try bytes(dataset, 3..<4, "x", .values) == [[252, 255]])
        #expect(try bytes(dataset, 2..<2, "x", .values) == [])
        #expect(try bytes(dataset, 0..<4, "x", .ends) == [])
    }

    @Test func `a request for a ragged column names its ends, and then its values`() throws {
        let dataset = try open("appended-once")
        #expect(try bytes(dataset, 0..<4, "text", .values) == [Array("onetwo".utf8), [], Array("four".utf8)])
        #expect(try bytes(dataset, 1..<4, "text", .values) == [Array("two".utf8), [], Array("four".utf8)])
        let zeros = [UInt8](repeating: 0, count: 7)
        #expect(try bytes(dataset, 0..<3, "text", .ends) == [[3] + zeros + [6] + zeros, [0] + zeros])
        #expect(try bytes(dataset, 1..<2, "text", .ends) == [[6] + zeros])
        let shapes = try open("ragged-rank-3")
        #expect(try bytes(shapes, 1..<3, "all", .values) == [[247, 255, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]])
        #expect(try bytes(shapes, 1..<3, "all", .ends).map(\.count) == [16, 48])
    }

    @Test func `a request for compressed rows names their estimated place`() throws {
        let dataset = try open("compressed-fixed")
        let region = dataset.segments[0].regions[0]
        let (start, end) = (
            dataset.segments[0].offset + region.offset, dataset.segments[0].offset + region.offset + region.storedLength
        )
        #expect(dataset.ranges(ofBlock: 0..<2_747, columns: [0], .values) == [start..<end])
        let first = dataset.ranges(ofBlock: 0..<10, columns: [0], .values)
        let length = region.storedLength * 10 / 2_747 + StoredDataset.compressedMargin
        #expect(first == [start..<min(start + length, end)])
    }

    @Test(
        arguments: [
            "compressed-fixed", "compressed-ragged", "compressed-zstd", "compressed-lz4", "compressed-large-blocks",
            "ragged-empty", "strings",
        ])
    func `requests for single rows name all that is read of them`(name: String) throws {
        let dataset = try open(name)
        let columns = Array(dataset.schema.indices)
        let rows = [dataset.rowCount - 1, 0, dataset.rowCount / 2]
        let file = try [UInt8](Data(contentsOf: URL(filePath: dataset.path)))
        var requested: [Range<Int>] = []
        dataset.visitRequests(rows, columns) { requested.append($0) }
        // A copy that has no other bytes of rows than these, but for the headers of regions and dimensions.
        var copy = file
        for segment in dataset.segments {
            for (region, kind) in zip(segment.regions, dataset.layout.regionKinds) {
                if case .dimensions = kind.contents { continue }
                let kept = kind.codec == .plain ? 0 : kind.codec.headerSize
                for at in kept..<max(region.storedLength, kept) { copy[segment.offset + region.offset + at] = 0 }
            }
        }
        for range in requested { copy.replaceSubrange(range, with: file[range]) }
        let folder = try TemporaryFolder()
        try Data(copy).write(to: URL(filePath: folder.file("copy.colonnade")))
        let read = try StoredDataset(path: folder.file("copy.colonnade"), verification: .off)
        for row in rows {
            for (one, other) in zip(try read.row(row, columns: columns), try dataset.row(row, columns: columns)) {
                #expect(one == other, "row \(row)")
            }
        }
        // Blocks of 4 to 64 KiB, and not the estimated place with its margins.
        if name.starts(with: "compressed-zstd") {
            #expect(requested.reduce(0) { $0 + $1.count } < file.count)
        }
    }

    @Test func `a request for rows of many files names each file`() throws {
        let version = try DatasetVersion(path: "\(Repository.vectors)/many-files/appended")
        let counts = version.files(ofRows: 0..<version.rowCount, columns: [0, 2]).map { ($0.rows, $0.columns) }
        #expect(counts.map(\.0) == [0..<3, 0..<1, 0..<5])
        #expect(counts.allSatisfy { $0.1 == [0, 2] })
        let some = version.files(ofRows: 2..<5, columns: [0])
        #expect(some.map(\.rows) == [2..<3, 0..<1, 0..<1])
        let values = try some.flatMap { file in
            let bytes = try Data(contentsOf: URL(filePath: file.dataset.path))
            return file.dataset.ranges(ofBlock: file.rows, columns: file.columns, .values).flatMap { bytes[$0] }
        }
        // The group has rows of x, the label and a byte of padding: -50 and 0, 50 and 1, 150 and 0.
        #expect(values == [206, 255, 0, 0, 50, 0, 1, 0, 150, 0, 0, 0])
    }

    @Test func `the bytes of columns are those of their regions`() throws {
        let dataset = try open("appended-once")
        #expect(dataset.byteCount(ofColumns: [0]) == 8)
        #expect(dataset.byteCount(ofColumns: [1]) == 4 * 8 + 10)
        #expect(dataset.byteCount(ofColumns: [0, 1]) == 50)
        let version = try DatasetVersion(path: "\(Repository.vectors)/many-files/appended")
        #expect(version.byteCount(ofColumns: [0]) == 18 && version.byteCount(ofColumns: [0, 1]) == 27)
        #expect(version.byteCount(ofColumns: [0, 2]) == version.byteCount - 9)
    }
}
