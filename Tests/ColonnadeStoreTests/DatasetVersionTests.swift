// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import Foundation
import Testing

/// Tests reading data sets of many files, whole and damaged.
@Suite struct DatasetVersionTests {
    private static let vectors = "\(Repository.vectors)/many-files"
    private let folder: TemporaryFolder
    private var path: String { folder.file("appended") }

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: "\(Self.vectors)/appended", toPath: path)
    }

    private func dataFile(_ fragment: Int) throws -> String {
        let json = try Repository.json("\(Self.vectors)/appended.json")
        return "\(path)/data/\(json["fragments"]?.array[fragment]["file"]?.string ?? "").colonnade"
    }

    @Test(arguments: ManifestTests.dataSets) func `a version is read to its contents`(name: String) throws {
        let json = try Repository.json("\(Self.vectors)/\(name).json")
        for verification in StoredDataset.Verification.allCases {
            let version = try DatasetVersion(path: "\(Self.vectors)/\(name)", verification: verification)
            #expect(try JSONContents.differences(version, json, exactStatistics: true) == [])
            #expect(version.version == json["version"]?.int)
        }
    }

    @Test(arguments: ["appended", "two-layouts"]) func `rows of several files in any order`(name: String) throws {
        let version = try DatasetVersion(path: "\(Self.vectors)/\(name)/")
        let all = Array(version.schema.indices)
        var data = RandomData(seed: 3)
        let pool = TensorPool()
        for _ in 0..<20 {
            let rows = (0..<1 + data.below(12)).map { _ in data.below(version.rowCount) }
            let batch = try version.gather(rows: rows, columns: all, from: pool)
            for (index, row) in rows.enumerated() {
                for (column, value) in try version.row(row, columns: all).enumerated() {
                    let field = version.schema[column]
                    if let fixed = field.fixedShape {
                        #expect(value.shape == fixed && batch[column][index] == value)
                    } else {
                        #expect(value.shape == (try version.shape(ofRow: row, column: column)))
                        #expect(zip(batch[column].shape.dropFirst(), value.shape).allSatisfy { $0 >= $1 })
                    }
                }
            }
            let texts = try version.gather(rows, [ColumnRequest(column: 2, padding: 255)], from: pool)[0].strings()
            #expect(try texts == rows.map { try version.row($0, columns: [2])[0].strings()[0] })
        }
        #expect(try version.valueCounts(ofColumn: 1)?.map(\.count).reduce(0, +) == version.rowCount)
        #expect(try version.gather(rows: [], columns: all, from: pool).map { $0.shape[0] } == [0, 0, 0, 0])
        #expect(try version.mappedRows(0..<version.rowCount, column: 0) == nil)
    }

    @Test func `an older version, and versions that do not exist`() throws {
        let first = try DatasetVersion(path: path, version: 1)
        #expect(first.rowCount == 3 && first.fileCount == 1)
        #expect(try DatasetVersion(path: path).identity != first.identity)
        for (version, tag, code) in [
            (3, nil, ColonnadeError.Code.fileNotFound), (0, nil, .invalidArgument), (nil, "best", .fileNotFound),
            (nil, "../best", .invalidArgument), (1, "best", .invalidArgument),
        ] as [(Int?, String?, ColonnadeError.Code)] {
            let error = #expect(throws: ColonnadeError.self) {
                try DatasetVersion(path: path, version: version, tag: tag)
            }
            #expect(error?.code == code, "\(String(describing: error))")
        }
        #expect(#expect(throws: ColonnadeError.self) { try DatasetVersion(path: folder.path) }?.code == .fileNotFound)
        #expect(
            #expect(throws: ColonnadeError.self) { try DatasetVersion(path: folder.file("no")) }?.code == .fileNotFound)
    }

    @Test func `a file that is missing, replaced or appended to is an error that names file, version and remedy`()
        throws
    {
        let (first, last) = (try dataFile(0), try dataFile(2))
        let good = try bytes(ofFile: first)
        let changes: [(Int, () throws -> Void)] = [
            (113, { try FileManager.default.removeItem(atPath: first) }),
            (113, { try write(bytes(ofFile: last), toFile: first) }),
            (
                113,
                {
                    var writer = try DatasetWriter(appendingTo: first)
                    try writer.append(StoredDataset(path: first).chunk(rows: 0..<1, columns: [0, 1, 2, 3]))
                    try writer.finish()
                }
            ),
            (6, { try write(Array(good.dropLast()), toFile: first) }),
        ]
        for (rule, change) in changes {
            try write(good, toFile: first)
            try change()
            let version = try DatasetVersion(path: path)
            let error = #expect(throws: ColonnadeError.self) { try version.row(0, columns: [0]) }
            #expect(
                error?.rule == rule && error?.place?.description.hasPrefix(first) == true,
                "\(String(describing: error))")
            #expect(error?.message.contains("version 2") == true)
            // Rows of other files can be read.
            #expect(try version.row(8, columns: [0])[0].elements(as: Int16.self) == [550])
            #expect(throws: ColonnadeError.self) { try DatasetVersion(path: path, verification: .full) }
        }
    }

    @Test func `the oldest open file is closed, and its damage stays known`() throws {
        let paths = try (0..<3).map { try dataFile($0) }
        var open = OpenFiles(limit: 2)
        open.insert(try StoredDataset(path: paths[0]), 0)
        open.insert(try StoredDataset(path: paths[1]), 1)
        let good = try bytes(ofFile: paths[0])
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[0]))
        try handle.truncate(atOffset: 0)
        open.insert(try StoredDataset(path: paths[2]), 2)
        #expect(open.datasets.keys.sorted() == [1, 2] && open.damage?.code == .corruptFile)
        try handle.write(contentsOf: good)
        open.insert(try StoredDataset(path: paths[0]), 0)
        #expect(open.datasets.keys.sorted() == [0, 2] && open.damage?.code == .corruptFile)
    }

    @Test func `a manifest under another name is refused`() throws {
        let versions = "\(path)/versions/0000000000000000000"
        try FileManager.default.moveItem(atPath: "\(versions)1.colonnade", toPath: "\(versions)3.colonnade")
        #expect(#expect(throws: ColonnadeError.self) { try DatasetVersion(path: path) }?.rule == 112)
        // Files with other names are ignored.
        for name in ["4.colonnade", "0000000000000000000x.colonnade", "00000000000000000009", ".x"] {
            try write([1], toFile: "\(path)/versions/\(name)")
        }
        #expect(try DatasetVersion(path: path, version: 2).rowCount == 9)
    }

    @Test func `a file with other class names, types or rows than its manifest says is refused`() throws {
        let folder = DatasetFolder(path)
        let base = try folder.manifest(2)
        func field(_ change: (inout FileFooter) -> Void) throws -> Int? {
            var footer = base.footer
            change(&footer)
            var made = Manifest(creating: footer, base.commit)
            let layout = base.layouts[0]
            try made.append(base.files[0], rowCount: 3, layout, [])
            let version = folder.path(ofVersion: 2)
            try write(made.encoded(), toFile: version)
            return #expect(throws: ColonnadeError.self) { try DatasetVersion(path: path).row(0, columns: [0]) }?.rule
        }
        #expect(try field { $0.columns[1].field.meaning = .classLabels(["cat", "cow"]) } == 114)
        #expect(try field { $0.columns[1].field.meaning = nil } == 114)
        #expect(try field { $0.columns[0].field.dtype = .uint16 } == 114)
        #expect(try field { $0.columns[3].field.shape = [nil, 3] } == 114)
        var made = Manifest(creating: base.footer, base.commit)
        try made.append(base.files[0], rowCount: 4, base.layouts[0], [])
        try write(made.encoded(), toFile: folder.path(ofVersion: 2))
        #expect(
            #expect(throws: ColonnadeError.self) { try DatasetVersion(path: path).row(3, columns: [0]) }?.rule == 114)
    }
}
