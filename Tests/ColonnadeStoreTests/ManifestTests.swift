// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStoreTestSupport
import Testing

/// Tests conformance to `formats/manifest-1.md` with the files of the reference implementation.
@Suite struct ManifestTests {
    static let dataSets = ["appended", "columns", "empty", "two-layouts"]
    private static let folder = "\(Repository.vectors)/many-files"
    private static let newest = "\(folder)/appended/versions/00000000000000000002.colonnade"

    private func manifest(_ bytes: [UInt8]) throws(ColonnadeError) -> Manifest {
        try Manifest(byteCount: bytes.count) { Array(bytes[$0]) }
    }

    @Test(arguments: dataSets) func `a manifest is read to its contents, and written to the same bytes`(name: String)
        throws
    {
        let json = try Repository.json("\(Self.folder)/\(name).json")
        let version = try #require(json["version"]?.int)
        let path = "\(Self.folder)/\(name)/versions/0000000000000000000\(version).colonnade"
        let file = try bytes(ofFile: path)
        let read = try manifest(file)
        #expect(read.encoded() == file)
        #expect(read.commit.version == UInt64(version))
        #expect(read.commit.number.description == json["commit"]?.string)
        #expect(read.commit.dataset.description == json["dataset"]?.string)
        #expect(read.commit.job.description == json["job"]?.string)
        #expect(Int(read.commit.time) == json["time"]?.int && Int(read.commit.operation) == json["operation"]?.int)
        #expect(read.rowCount == json["rows"]?.int && read.layouts.count == json["layouts"]?.int)
        #expect(read.columnNumbers.map { Int($0) } == json["columnNumbers"]?.array.compactMap(\.int))
        #expect(read.footer.columns.map(\.field.name) == json["columns"]?.array.compactMap { $0["name"]?.string })
        let fragments = json["fragments"]?.array ?? []
        #expect(
            read.fragments.flatMap { fragment in fragment.files.map { _ in fragment.rowCount } }
                == fragments.compactMap { $0["rows"]?.int })
        #expect(read.files.map(\.name.description) == fragments.compactMap { $0["file"]?.string })
        #expect(read.files.map(\.end) == fragments.compactMap { $0["end"]?.int })
        #expect(read.files.map(\.layout) == fragments.compactMap { $0["layout"]?.int })
        #expect(read.jobs.map(\.number.description) == json["jobs"]?.array.compactMap { $0["job"]?.string })
        #expect(read.files.allSatisfy { RandomNumber($0.name.description) == $0.name })
    }

    @Test func `an invalid manifest is refused for its rule`() throws {
        let folder = "\(Repository.invalid)/manifests"
        let expected = try Repository.json("\(folder)/expected.json").members
        #expect(expected.count >= 58)
        for (name, entry) in expected {
            let error = #expect(throws: ColonnadeError.self) { _ = try manifest(bytes(ofFile: "\(folder)/\(name)")) }
            let rules = [entry["rule"]?.int ?? 0] + (entry["also"]?.array.compactMap(\.int) ?? [])
            #expect(rules.contains(error?.rule ?? 0), "\(name): \(String(describing: error))")
            #expect(error?.description.contains("(\(error?.ruleName ?? "?"))") == true)
        }
    }

    @Test func `a manifest that is cut or changed at any byte is refused`() throws {
        let good = try bytes(ofFile: Self.newest)
        for index in good.indices {
            var changed = good
            changed[index] ^= 0x41
            for bad in [Array(good[..<index]), changed] {
                let error = #expect(throws: ColonnadeError.self) { _ = try manifest(bad) }
                #expect(error?.rule != nil)
            }
        }
    }

    @Test func `changed manifests with correct checksums are read or refused`() throws {
        let good = try bytes(ofFile: Self.newest)
        var data = RandomData(seed: 5)
        var refused = 0
        for _ in 0..<2000 {
            var file = good
            let at = 128 + data.below(good.count - 160)
            let interesting: [UInt64] = [0, 1, 0xFF, 1 << 31, 1 << 32, 1 << 40, 1 << 62, 1 << 63, .max, .max - 1]
            let value = interesting[data.below(interesting.count)]
            for byte in 0..<[1, 2, 4, 8][data.below(4)] where at + byte < file.count - 32 {
                file[at + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte))
            }
            let trailer = FileTrailer(
                sequence: 1, footerLength: good.count - 160, footerChecksum: Checksum.of(file[128..<good.count - 32]))
            file.replaceSubrange((good.count - 32)..., with: trailer.encoded())
            do throws(ColonnadeError) {
                let read = try manifest(file)
                // What is read can be written, and read again.
                let again = try manifest(read.encoded())
                #expect(again.fragments == read.fragments && again.files == read.files && again.commit == read.commit)
            } catch {
                #expect(error.rule != nil && [.corruptFile, .unsupported].contains(error.code), "\(error)")
                refused += 1
            }
        }
        #expect(refused > 200 && refused < 2000)
    }

    @Test(arguments: ["appended/versions/00000000000000000002", "columns/versions/00000000000000000004"])
    func `each reserved byte and each offset of a manifest is checked`(name: String) throws {
        let good = try bytes(ofFile: "\(Self.folder)/\(name).colonnade")
        let read = try manifest(good)
        let files = good.count - 32 - 24 * read.jobs.count - 48 * read.files.count
        let fragments = files - 48 * read.fragments.count
        var place = fragments - read.layouts.reduce(0) { $0 + 8 + 16 * $1.columns.count + 16 * $1.groups.count }
        let counts = place - 4 * read.columnNumbers.count - 32
        /// Returns the manifest with one other byte, or the rule that it breaks.
        func changed(_ at: Int, _ change: UInt8) -> (manifest: Manifest?, rule: Int?) {
            var file = good
            file[at] ^= change
            let checksum = Checksum.of(file[128..<good.count - 32])
            let trailer = FileTrailer(sequence: 1, footerLength: good.count - 160, footerChecksum: checksum)
            file.replaceSubrange((good.count - 32)..., with: trailer.encoded())
            do throws(ColonnadeError) { return (try manifest(file), nil) } catch { return (nil, error.rule) }
        }
        // The commit ends with 7 reserved bytes, and the counts with 4.
        var reserved = Array(counts - 7..<counts) + Array(counts + 28..<counts + 32)
        for layout in read.layouts {
            place += 8
            for _ in layout.columns {
                reserved += place + 13..<place + 16
                place += 16
            }
            for _ in layout.groups {
                reserved += place + 9..<place + 16
                place += 16
            }
        }
        // Deleted rows, reserved bytes, the file of deletions; the base of a file.
        for start in stride(from: fragments, to: files, by: 48) {
            reserved += Array(start + 16..<start + 24) + Array(start + 30..<start + 48)
        }
        for start in stride(from: files, to: files + 48 * read.files.count, by: 48) {
            reserved += start + 40..<start + 48
        }
        for at in reserved { #expect(changed(at, 0x80).rule == 104, "byte \(at)") }
        // The first file of a fragment, and the number of its files.
        for (index, fragment) in read.fragments.enumerated() {
            for at in 24..<30 {
                let rule = changed(fragments + 48 * index + at, 1).rule
                #expect([104, 108].contains(rule), "fragment \(index), byte \(at): \(String(describing: rule))")
            }
            // Other numbers of rows are told from those of the files.
            for at in 8..<16 {
                let other = changed(fragments + 48 * index + at, 1)
                #expect(other.rule == 109 || other.manifest.map { $0.fragments[index] != fragment } == true)
            }
        }
        // The end, footer and checksum of a file are checked at once, or differ from those of the file; a layout has an index.
        for (index, file) in read.files.enumerated() {
            let own = try bytes(ofFile: "\(Self.folder)/\(name.split(separator: "/")[0])/data/\(file.name).colonnade")
            let layout = try FileLayout(byteCount: own.count) { Array(own[$0]) }
            #expect(file.pins(layout))
            for at in 16..<40 {
                let other = changed(files + 48 * index + at, 0x40)
                let isTold = other.manifest.map { !$0.files[index].pins(layout) }
                #expect(other.rule == 110 || at < 36 && isTold == true, "file \(index), byte \(at)")
            }
        }
    }

    @Test func `a manifest opens as no file, and a file as no manifest`() throws {
        let file = try bytes(ofFile: Self.newest)
        let error = #expect(throws: ColonnadeError.self) {
            _ = try FileLayout(byteCount: file.count) { Array(file[$0]) }
        }
        #expect(error?.rule == 10 && error?.message.contains("open the folder") == true)
        let single = try bytes(ofFile: "\(Repository.vectors)/empty.colonnade")
        #expect(#expect(throws: ColonnadeError.self) { _ = try manifest(single) }?.rule == 101)
    }

    @Test func `statistics of fragments add up, also those that claim too much`() throws {
        let read = try manifest(bytes(ofFile: Self.newest))
        var merged = Manifest(
            creating: FileFooter(
                rowCount: 0, blockExponent: 16,
                columns: read.footer.columns.map { column in
                    var column = column
                    column.statistics = ColumnStatistics(column.field.dtype)
                    return column
                }, groups: read.footer.groups, runs: [], metadata: [], retired: []), read.commit)
        for (fragment, file) in zip(read.fragments, read.files) {
            let path = "\(Self.folder)/appended/data/\(file.name).colonnade"
            let bytes = try bytes(ofFile: path)
            let layout = try FileLayout(byteCount: bytes.count) { Array(bytes[$0]) }
            #expect(file.pins(layout))
            try merged.append(
                file, rowCount: fragment.rowCount, read.layouts[0], layout.footer.columns.map(\.statistics))
        }
        for (made, expected) in zip(merged.footer.columns, read.footer.columns) {
            var (made, expected) = (made.statistics, expected.statistics)
            #expect(abs(made.mean - expected.mean) < 1e-9 && abs(made.deviation - expected.deviation) < 1e-9)
            (made.mean, made.deviation, expected.mean, expected.deviation) = (0, 0, 0, 0)
            #expect(made == expected)
        }
        #expect(merged.rowCount == 9 && merged.layouts.count == 1 && merged.fragments == read.fragments)
        var huge = ColumnStatistics(.int16)
        (huge.elements, huge.nonFinite) = (1 << 62, 1 << 62)
        for _ in 0..<3 { huge.merge(huge, isFirst: false) }
        #expect(huge.elements > 1 << 60)
        #expect(throws: ColonnadeError.self) {
            try merged.append(read.files[0], rowCount: Int.max, read.layouts[0], [])
        }
    }
}
