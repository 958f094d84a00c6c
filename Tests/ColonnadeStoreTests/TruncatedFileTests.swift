// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Tests an open file that another process truncates.
@Suite struct TruncatedFileTests {
    private let folder: TemporaryFolder
    private let path: String
    private static let rowCount = 200
    private let good: [UInt8]

    /// Makes a file with columns of all kinds. The fixed column is read as a view of the mapping.
    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("data")
        var data = RandomData(seed: 9)
        var options = WriterOptions()
        options.segmentBytes = 1 << 17
        options.codecs["packed"] = .zlib
        let schema = try Schema([
            Field("fixed", .uint8, [4_096]), Field("ragged", .uint8, [nil]), Field("packed", .uint8, [512]),
            Field("deep", .uint8, [nil, nil]), Field("label", .uint8),
        ])
        let rows = (0..<Self.rowCount).map { row in
            [
                StoredValue(bytes: data.bytes(4_096)),
                StoredValue(bytes: data.bytes(1_000 + row)),
                StoredValue(bytes: data.bytes(512)), StoredValue(bytes: data.bytes(600), dimensions: [20, 30]),
                StoredValue(bytes: [UInt8(row)]),
            ]
        }
        try write(schema.indices.map { column in rows.map { $0[column] } }, schema, to: path, options: options)
        good = try bytes(ofFile: path)
    }

    private func makeFile(_ path: String) throws { try write(good, toFile: path) }

    private func truncate() throws {
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.truncate(atOffset: UInt64(good.count / 3))
        try file.close()
    }

    private func expectTruncated(_ error: ColonnadeError?, _ name: String) {
        #expect(error?.code == .corruptFile, "\(name)")
        #expect(error?.place == .file(path), "\(name)")
        #expect(error?.message.contains("truncated while it was open") == true, "\(name): \(error?.message ?? "")")
    }

    @Test(arguments: StoredDataset.Verification.allCases)
    func `every way of reading throws an error, and other files can be read`(_ verification: StoredDataset.Verification)
        throws
    {
        let otherPath = folder.file("other")
        try makeFile(otherPath)
        let other = try StoredDataset(path: otherPath, verification: verification)
        for way in Way.allCases {
            let (name, read) = ("\(way)", way.read)
            try makeFile(path)
            let dataset = try StoredDataset(path: path, verification: verification)
            try dataset.checkIntact()
            try read(dataset)
            try truncate()
            expectTruncated(#expect(throws: ColonnadeError.self) { try read(dataset) }, name)
            // After that, every read is an error.
            expectTruncated(#expect(throws: ColonnadeError.self) { try dataset.checkIntact() }, name)
            expectTruncated(
                #expect(throws: ColonnadeError.self) {
                    try dataset.gather(rows: [0], columns: [0], from: TensorPool())
                }, name)
            try read(other)
            #expect(throws: Never.self) { try other.checkIntact() }
            try FileManager.default.removeItem(atPath: path)
        }
    }

    @Test func `a view reads zeros after that, and the data set reports it`() throws {
        try makeFile(path)
        let dataset = try StoredDataset(path: path)
        let last = try #require(try dataset.mappedRows(199..<200, column: 0))
        #expect(try last.elements(as: UInt8.self).contains { $0 != 0 })
        try truncate()
        #expect(try last.elements(as: UInt8.self).allSatisfy { $0 == 0 })
        expectTruncated(#expect(throws: ColonnadeError.self) { try dataset.checkIntact() }, "view")
        expectTruncated(
            #expect(throws: ColonnadeError.self) { try dataset.mappedRows(0..<1, column: 0) }, "mapped")
        // Opening the same file again makes a new mapping.
        let error = #expect(throws: ColonnadeError.self) { try StoredDataset(path: path) }
        #expect(error?.code == .corruptFile && error?.message.contains("while it was open") == false)
        try makeFile(path + "2")
        #expect(throws: Never.self) { try StoredDataset(path: path + "2").checkIntact() }
    }

    @Test func `verifying ends with the error`() throws {
        try makeFile(path)
        let error = #expect(throws: ColonnadeError.self) {
            try DatasetVerifier.verify(path: path) { _, _ in
                try? truncate()
                return true
            }
        }
        expectTruncated(error, "verify")
    }

    @Test func `many threads that fault at once all continue`() throws {
        for _ in 0..<5 {
            try makeFile(path)
            let dataset = try StoredDataset(path: path)
            try truncate()
            let failures = Monitor(0)
            DispatchQueue.concurrentPerform(iterations: 16) { thread in
                do {
                    let rows = (0..<Self.rowCount).map { ($0 * 37 + thread * 11) % Self.rowCount }
                    _ = try dataset.gather(rows: rows, columns: [0, 1], from: TensorPool())
                } catch { failures.withLock { $0 += 1 } }
            }
            #expect(failures.withLock { $0 } == 16)
            try FileManager.default.removeItem(atPath: path)
        }
    }

    // The test runs in a separate process, since other tests need guards.
    @Test func `more than 4096 mappings are guarded, and no guard is lost`() async throws {
        await #expect(processExitsWith: .success) {
            let path = "\(FileManager.default.temporaryDirectory.path)/colonnade-many-\(getpid())"
            try Data(count: 1 << 16).write(to: URL(fileURLWithPath: path))
            for _ in 0..<3 {
                let many = try (0..<5_000).map { _ in try MappedFile(path: path) }
                precondition(many.allSatisfy { !$0.isDamaged && $0.byteCount == 1 << 16 })
            }
            let many = try (0..<5_000).map { _ in try MappedFile(path: path) }
            let descriptor = unsafe open(path, O_RDWR)
            precondition(ftruncate(descriptor, 0) == 0)
            for file in [many[0], many[4_095], many[4_096], many[4_999]] {
                precondition(file.withBytes { unsafe $0.unsafeLoad(fromByteOffset: 50_000, as: UInt8.self) } == 0)
                precondition(file.isDamaged)
            }
            precondition(!many[1_000].isDamaged)
            unsafe unlink(path)
        }
    }

    // The process ends with SIGBUS, or with the exit code of a sanitizer whose handler was installed before.
    @Test func `a fault in another mapping ends the process, as without guards`() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
            let path = "\(FileManager.default.temporaryDirectory.path)/colonnade-bus-\(getpid())"
            try Data(count: 1 << 16).write(to: URL(fileURLWithPath: path))
            let ours = try MappedFile(path: path)
            #expect(!ours.isDamaged)
            let descriptor = unsafe open(path, O_RDWR)
            let memory = unsafe mmap(nil, 1 << 16, PROT_READ, MAP_SHARED, descriptor, 0)
            ftruncate(descriptor, 0)
            unsafe unlink(path)
            // The guarded mapping is read first, and that does not end the process.
            let ownByte = ours.withBytes { unsafe $0.unsafeLoad(fromByteOffset: 50_000, as: UInt8.self) }
            precondition(ownByte == 0 && ours.isDamaged)
            let byte = unsafe memory?.load(fromByteOffset: 5_000, as: UInt8.self)
            print(byte as Any)
        }
        // The exit code of the address sanitizer is 1, and that of the thread sanitizer is 66.
        #expect([.signal(SIGBUS), .exitCode(1), .exitCode(66)].contains(try #require(result).exitStatus))
    }
}

/// The ways to read up to the end of the file.
private enum Way: CaseIterable {
    case gather, ragged, compressed, deep, batches, row, shape, chunk, counts

    func read(_ dataset: StoredDataset) throws(ColonnadeError) {
        let pool = TensorPool()
        switch self {
        case .gather: _ = try dataset.gather(rows: [0, 199, 5], columns: [0], from: pool)
        case .ragged: _ = try dataset.gather(rows: [0, 199, 5], columns: [1], from: pool)
        case .compressed: _ = try dataset.gather(rows: [199], columns: [2], from: pool)
        case .deep: _ = try dataset.gather(rows: [199], columns: [3], from: pool)
        case .batches:
            let gather = BlockGather(dataset, [ColumnRequest(column: 0)], batchesOf: 32, from: pool)
            var scratch = BatchScratch()
            scratch.rows = Array(0..<200)
            _ = try gather.batches(&scratch, count: 200, areConsecutive: false, isCheckedMeanwhile: true) { _ in }
        case .row: _ = try dataset.row(199, columns: [1, 2], from: pool)
        case .shape: _ = try dataset.shape(ofRow: 199, column: 3)
        case .chunk: _ = try dataset.chunk(rows: 150..<200, columns: [0, 1, 2, 3])
        case .counts: _ = try dataset.valueCounts(ofColumn: 4)
        }
    }
}
