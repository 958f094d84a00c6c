// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import Testing

/// Tests files that are truncated, that have a changed byte, or that have changes with corrected checksums.
@Suite struct CorruptionTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("data")
    }

    /// Returns a small file with all structures: groups, ragged columns, strings, compressed columns, two runs, an old
    /// footer.
    private func smallFile(seed: UInt64 = 7) throws -> [UInt8] {
        let schema = try Schema([
            Field("x", .int16), Field("flag", .bool), Field("image", .uint8, [65]), Field("packed", .float32, [2]),
            Field("none", .int8, [0]), Field("ragged", .int32, [nil]), Field("deep", .uint8, [nil, nil]),
            Field("text", kind: .string),
            Field("image2", kind: .bytes, meaning: .media("image/png")),
            Field("label", .uint8, meaning: .classLabels(["a", "b"])),
        ])
        var data = RandomData(seed: seed)
        var options = WriterOptions()
        options.codecs = ["packed": .zlib, "text": .zstd, "ragged": .lz4]
        options.metadata = ["key": "value"]
        options.segmentBytes = 400
        options.replacing = true
        try write(data.rows(schema, 5), schema, to: path, options: options, rowsPerChunk: 2)
        try append(data.rows(schema, 3), to: path)
        return try bytes(ofFile: path)
    }

    /// Opens a file, reads all rows in every way, and verifies it. Returns the first error.
    @discardableResult
    private func readAll(_ bytes: [UInt8]) throws -> ColonnadeError? {
        try write(bytes, toFile: path)
        do throws(ColonnadeError) {
            let dataset = try StoredDataset(path: path)
            let problem = try DatasetVerifier.verify(path: path).problems.first
            let all = Array(dataset.schema.indices)
            // A damaged file may claim a large number of rows without bytes.
            let rows = 0..<min(dataset.rowCount, 64)
            var refused = problem
            do throws(ColonnadeError) { _ = try dataset.chunk(rows: rows, columns: all) } catch {
                refused = refused ?? error
            }
            let pool = TensorPool()
            for column in all {
                do throws(ColonnadeError) {
                    _ = try dataset.gather(rows: rows.reversed(), columns: [column], from: pool)
                    _ = try dataset.mappedRows(rows, column: column)
                } catch { refused = refused ?? error }
                _ = (dataset.storage(ofColumn: column), dataset.statistics(ofColumn: column))
            }
            _ = (dataset.extents, dataset.segmentCount, dataset.identity, dataset.metadata)
            if let problem { #expect(problem.rule != nil && problem.place != nil, "\(problem)") }
            return refused
        } catch {
            #expect(error.rule != nil && [.corruptFile, .unsupported].contains(error.code), "\(error)")
            return error
        }
    }

    @Test func `a file that is truncated at any byte is refused`() throws {
        let good = try smallFile()
        #expect(try readAll(good) == nil)
        for length in 0..<good.count {
            try write(Array(good[..<length]), toFile: path)
            let error = #expect(throws: ColonnadeError.self) { _ = try StoredDataset(path: path) }
            #expect(error?.code == .corruptFile && error?.place != nil, "\(length)")
        }
    }

    @Test func `a change of any byte is reported`() throws {
        let schema = try Schema([Field("x", .int16), Field("text", kind: .string), Field("deep", .int8, [nil, nil])])
        var data = RandomData(seed: 1)
        var options = WriterOptions()
        options.codecs = ["text": .zstd]
        options.metadata = ["key": "value"]
        try write(data.rows(schema, 5), schema, to: path, options: options)
        try append(data.rows(schema, 3), to: path)
        let good = try bytes(ofFile: path)
        for index in good.indices {
            for pattern in Set([[0x01, 0x80, 0xFF][index % 3], good[index]] as [UInt8]) where pattern > 0 {
                var bad = good
                bad[index] ^= pattern
                try write(bad, toFile: path)
                let reported = try? DatasetVerifier.verify(path: path).problems.count
                #expect(reported != 0, "byte \(index) ^ \(pattern)")
            }
            // Rows that are read without verification must not depend on the changed byte.
            var bad = good
            bad[index] ^= 0xFF
            if index % 4 == 0 { #expect(try readAll(bad) != nil) }
        }
    }

    @Test func `changed files with correct checksums are read or refused`() throws {
        let seeds = (0..<3).map { UInt64($0) }
        let files = try seeds.map { try smallFile(seed: $0) }
        let layouts = try files.map { try #require(Signing.layout($0)) }
        var data = RandomData(seed: 99)
        var (opened, refused) = (0, 0)
        for _ in 0..<8_000 {
            let number = data.below(files.count)
            var (file, layout) = (files[number], layouts[number])
            for _ in 0..<1 + data.below(4) {
                // Most changes are in the footer, which is parsed. The others are in tables of ends, indices and
                // dimensions.
                let range = data.below(4) > 0 ? layout.footerRange : 64..<file.count
                let at = range.lowerBound + data.below(range.count)
                switch data.below(4) {
                case 0: file[at] = UInt8(data.below(256))
                case 1: file[at] ^= 1 << data.below(8)
                case 2:
                    let interesting: [UInt64] = [
                        0, 1, 0xFF, 1 << 31, 1 << 32, 1 << 40, 1 << 63, .max, .max - 1, 63, 64, 65,
                    ]
                    let value = interesting[data.below(interesting.count)]
                    for byte in 0..<8 where at + byte < file.count {
                        file[at + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte))
                    }
                default: file[at] = file[at] &+ (data.below(2) == 0 ? 1 : 255)
                }
            }
            if data.below(8) == 0, let shorter = Signing.withFooterLength(file, layout, data) { file = shorter }
            Signing.sign(&file, layout)
            // The layout is first checked in memory, which avoids writing most of the files.
            do throws(ColonnadeError) {
                layout = try FileLayout(byteCount: file.count) { Array(file[$0]) }
            } catch {
                if error.rule == nil || ![.corruptFile, .unsupported].contains(error.code) { Issue.record("\(error)") }
                refused += 1
                continue
            }
            if try readAll(file) == nil { opened += 1 } else { refused += 1 }
        }
        // A changed statistic or label is valid. Nearly all other changes are not.
        #expect(opened > 40 && refused > 4_000, "\(opened) opened, \(refused) refused")
    }
}

/// Corrects the checksums of metadata after changes.
private enum Signing {
    static func layout(_ file: [UInt8]) -> FileLayout? {
        try? FileLayout(byteCount: file.count) { Array(file[$0]) }
    }

    /// Corrects the checksums of the footer, the trailer, the header and the slot in force.
    static func sign(_ file: inout [UInt8], _ layout: FileLayout) {
        let footer = layout.footerRange
        put(Checksum.of(file[footer]), &file, at: footer.upperBound + 16)
        put(Checksum.of(file[footer.upperBound..<footer.upperBound + 20]), &file, at: footer.upperBound + 20)
        let slot = CommitSlot.offset(sequence: layout.commit.sequence)
        put(Checksum.of(file[slot..<slot + 28]), &file, at: slot + 28)
    }

    /// Returns the file with a footer that is some bytes longer or shorter.
    static func withFooterLength(_ file: [UInt8], _ layout: FileLayout, _ data: RandomData) -> [UInt8]? {
        var data = data
        var file = file
        let at = layout.footerRange.upperBound + 8
        let length = UInt64(max(0, layout.footerRange.count - 64 + 64 * data.below(3)))
        for byte in 0..<8 { file[at + byte] = UInt8(truncatingIfNeeded: length >> (8 * byte)) }
        return file
    }

    private static func put(_ value: UInt32, _ file: inout [UInt8], at offset: Int) {
        for byte in 0..<4 { file[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
    }
}
