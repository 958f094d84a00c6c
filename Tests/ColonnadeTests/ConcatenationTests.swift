// SPDX-License-Identifier: Apache-2.0

import ColonnadeStore
import Testing

@testable import Colonnade

/// Tests buffers that are joined one after another: files that are read as one, and other buffers.
@Suite(.timeLimit(.minutes(15))) struct ConcatenationTests {
    private func files(_ counts: [Int], from: Int = 0) throws -> [TemporaryFile] {
        try counts.map { try TemporaryFile.samples($0) }
    }

    @Test func `pages of files that a thread stopped to map are mapped again`() throws {
        let files = try files([7, 20])
        let datasets = try files.map { try StoredDataset(path: $0.path) }
        let parts = StoredParts(datasets, columns: datasets.map { Array($0.schema.indices) })
        #expect(parts.needsWarming([0]))
        var calls = 0
        parts.warm([0]) {
            calls += 1
            // In the last file, a second pass begins while the thread maps pages, and then the thread stops.
            if calls == 4 { #expect(!parts.needsWarming([0])) }
            return calls < 4
        }
        #expect(calls == 4 && parts.needsWarming([0]))
        parts.warm([0]) { true }
        #expect(!parts.needsWarming([0]) && !parts.needsWarming([0]))
    }

    // In the second list, several files begin in one bucket of rows.
    @Test(arguments: [[7, 1, 40, 0, 13], [5, 1, 1, 60]])
    func `files that are read as one equal a copy of all of them`(counts: [Int]) async throws {
        let files = try files(counts)
        let all = try Buffer(at: files.map(\.path))
        #expect(all.count == counts.reduce(0, +))
        #expect(try scalars(all, "label") == counts.flatMap { Array(0..<$0) })
        let copy = try all.materialized()
        for change: @Sendable (Buffer) throws -> Buffer in [
            { $0 }, { $0.shuffled(seed: 3) }, { try $0.shuffled(seed: 3).batched(by: 8) }, { try $0.batched(by: 9) },
            { try $0.shuffled(seed: 3).cast("image", to: .float32).scaled("image", by: 0.5).batched(by: 8) },
            { try $0.selecting(["label", "image"]).batched(by: 5, droppingLast: true) },
            { try $0.shuffled(seed: 5).map("label") { $0 }.batched(by: 6) },
            { try $0.partition(1, of: 3).batched(by: 4) },
        ] {
            let (found, expected) = (try change(all), try change(copy))
            let same = try zip(samples(of: found.stream(), most: 99), samples(of: expected.stream(), most: 99))
                .allSatisfy { $0.keys == $1.keys && zip($0.tensors, $1.tensors).allSatisfy { $0 == $1 } }
            #expect(same && found.count == expected.count)
            try await checkTransform(found)
            try checkResumable(found.stream())
        }
        withExtendedLifetime(files) {}
    }

    @Test(arguments: CodecID.allCases)
    func `columns that are read row by row are gathered from several files as from one`(codec: CodecID) throws {
        let schema = try Schema([
            Field("image", .uint8, [3]), Field("grid", .int16, [nil, nil]), Field("text", kind: .string),
            Field("tokens", .int32, [nil]),
        ])
        let rows = (0..<30).map { row in
            let (height, width) = (row % 3, row % 4 + 1)
            return Sample(
                schema: schema,
                tensors: [
                    Tensor([UInt8](repeating: UInt8(row), count: 3), shape: [3]),
                    Tensor((0..<height * width).map { Int16(row * 100 + $0) }, shape: [height, width]),
                    Tensor(utf8: "row \(row)"), Tensor([Int32](repeating: Int32(row), count: row % 5)),
                ])
        }
        let files = try [0..<7, 7..<8, 8..<30].map { range in
            let file = TemporaryFile()
            var options = WriterOptions()
            options.defaultCodec = try ColumnCodec(codec)
            options.segmentBytes = 1 << 9
            var writer = try DatasetWriter(creating: file.path, schema: schema, options: options)
            for row in range { try writer.append(rows[row]) }
            try writer.finish()
            return file
        }
        let (all, expected) = (try Buffer(at: files.map(\.path)), try Buffer(rows))
        for change: (Buffer) throws -> Buffer in [
            { try $0.batched(by: 8) }, { try $0.shuffled(seed: 4).batched(by: 7) },
            { try $0.shuffled(seed: 4).cast("image", to: .float32).cast("tokens", to: .float64).batched(by: 30) },
        ] {
            let found = try samples(of: change(all).stream(), most: 99)
            let wanted = try samples(of: change(expected).stream(), most: 99)
            #expect(found.count == wanted.count)
            #expect(zip(found, wanted).allSatisfy { zip($0.tensors, $1.tensors).allSatisfy { $0 == $1 } })
        }
        withExtendedLifetime(files) {}
    }

    @Test func `parts that are no unchanged files, or have other columns, are read in order`() throws {
        let files = try files([6, 5])
        let plain = try Buffer(at: files[0].path)
        let other = try Buffer(at: files[1].path)
        for parts in [
            [plain, try other.selecting(["text", "weight", "label", "image"])],
            [plain, try other.map("label") { $0 }], [plain, try other.materialized()],
            [try plain.shuffled(seed: 1).prefix(6), other],
        ] {
            let all = try Buffer.concatenating(parts)
            let labels = try numbers(all.shuffled(seed: 2).batched(by: 4), "label").flatMap { $0 }
            #expect(labels.sorted() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5])
            #expect(all.schema.names == ["image", "label", "weight", "text"])
            let batch = try all.batched(by: all.count)[0]
            for (index, sample) in try parts.flatMap({ try samples(of: $0.stream(), most: 99) }).enumerated() {
                for key in ["image", "label", "weight"] { #expect(batch[key][index] == sample[key]) }
                #expect(try batch["text"].strings()[index] == sample["text"].strings()[0])
            }
        }
        withExtendedLifetime(files) {}
    }

    @Test func `an error names the sources that do not fit`() throws {
        let files = try files([6, 5, 4])
        let buffers = try files.map { try Buffer(at: $0.path) }
        for other in [
            try buffers[2].cast("label", to: .int32), try buffers[2].selecting(["label", "image"]),
            try buffers[2].map("label") { $0 }.cast("weight", to: .float64),
        ] {
            for way: () throws -> Void in [
                { _ = try Buffer.concatenating([buffers[0], buffers[1], other]) },
                { _ = try Stream.interleaved([buffers[0].stream(), buffers[1].stream(), other.stream()]) },
            ] {
                expectError(.invalidArgument, "source 0 (\(files[0].path)", "source 2 (\(files[2].path)") { try way() }
            }
        }
    }

    @Test func `a chain of appended buffers equals all appended at once, also in its positions`() throws {
        let parts = try (0..<5).map { try counting(3, from: 10 * $0).shuffled(seed: UInt64($0)) }
        let all = try Buffer.concatenating(parts)
        var chain = parts[0]
        for part in parts.dropFirst() { chain = try chain.appending(part) }
        var right = parts[4]
        for part in parts.dropLast().reversed() { right = try part.appending(right) }
        for epoch in 0..<3 {
            let expected = try parts.flatMap { try scalars($0.stream().epoch(epoch), "x") }
            for buffer in [all, chain, right] { #expect(try scalars(buffer.stream().epoch(epoch), "x") == expected) }
        }
        let position = walk(chain.stream().epoch(1), 4).positions[4]
        #expect(try scalars(all.stream().resumed(at: saved(position)), "x").count == 11)
        // Branches of one chain are independent.
        let (left, other) = (try chain.appending(counting(1, from: 90)), try chain.appending(counting(2, from: 70)))
        #expect(try scalars(left, "x").suffix(1) == [90] && scalars(other, "x").suffix(2) == [70, 71])
        #expect(chain.count == 15 && left.count == 16 && other.count == 17)
        expectError(.invalidArgument, "at least one") { _ = try Buffer.concatenating([]) }
        #expect(try scalars(Buffer.concatenating([parts[1]]), "x") == scalars(parts[1], "x"))
    }
}
