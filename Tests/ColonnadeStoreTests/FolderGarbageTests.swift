// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

/// Tests the removal of old versions, and the verification of complete data sets.
@Suite struct FolderGarbageTests {
    private let folder: TemporaryFolder
    private let schema: Schema
    private var path: String { folder.file("train.colonnade") }

    init() throws {
        folder = try TemporaryFolder()
        schema = try Schema([Field("x", .int16)])
        var writer = try FolderWriter(creating: path, schema: schema)
        try writer.append(chunk(of: [[StoredValue(bytes: [0, 0])]], schema))
        try writer.finish()
        for number in 1..<4 { try append(number) }
    }

    private func append(_ number: Int) throws {
        var writer = try FolderWriter(appendingTo: path)
        try writer.append(chunk(of: [[StoredValue(bytes: [UInt8(number), 0])]], schema))
        try writer.finish()
    }

    private func values(_ version: Int? = nil) throws -> [Int16] {
        let opened = try DatasetVersion(path: path, version: version, verification: .full)
        return try (0..<opened.rowCount).map { try opened.row($0, columns: [0])[0].elements(as: Int16.self)[0] }
    }

    /// Makes a file that no version names.
    private func abandon() throws -> String {
        let file = "\(path)/data/\(String(repeating: "ab", count: 16)).colonnade"
        try FileManager.default.copyItem(atPath: "\(Repository.vectors)/scalars.colonnade", toPath: file)
        return file
    }

    @Test func `old versions and files that no version names are removed, and nothing else`() throws {
        let abandoned = try abandon()
        try write([1], toFile: "\(path)/data/notes.txt")
        let staging = "\(path)/versions/.00000000000000000002.colonnade.staging-1-0"
        try write([1], toFile: staging)
        _ = try DatasetFolder(path).setTag("first", version: 1)
        let young = try FolderGarbage(in: path, keeping: 1)
        #expect(young.versions.isEmpty && young.files.isEmpty)
        let garbage = try FolderGarbage(in: path, keeping: 1, olderThan: 0)
        #expect(garbage.versions.map(\.path) == [2, 3].map { DatasetFolder(path).path(ofVersion: $0) })
        // The newest version names all files of older ones.
        #expect(garbage.files.map(\.path) == [abandoned, staging] && garbage.byteCount > 0)
        #expect(try values(2) == [0, 1])
        try garbage.remove()
        #expect(try DatasetFolder(path).allVersions() == [1, 4])
        #expect(try values() == [0, 1, 2, 3] && values(1) == [0])
        #expect(!FileManager.default.fileExists(atPath: abandoned))
        #expect(FileManager.default.fileExists(atPath: "\(path)/data/notes.txt"))
        try append(4)
        #expect(try values() == [0, 1, 2, 3, 4])
        #expect(throws: ColonnadeError.self) { try FolderGarbage(in: path, keeping: 0) }
        #expect(throws: ColonnadeError.self) { try FolderGarbage(in: folder.path) }
        // A version that is kept and cannot be read: nothing is known about its files.
        try write([1], toFile: DatasetFolder(path).path(ofVersion: 1))
        #expect(throws: ColonnadeError.self) { try FolderGarbage(in: path, keeping: 1, olderThan: 0) }
    }

    @Test func `a removal that fails at any call leaves all kept versions whole`() throws {
        for call in 0... {
            _ = try? abandon()
            let faults = FaultInjection(failing: call, with: 5)
            FaultInjection.$current.withValue(faults) {
                try? FolderGarbage(in: path, keeping: 1, olderThan: 0).remove()
            }
            #expect(try values() == [0, 1, 2, 3])
            // A version that is left can be read.
            for version in try DatasetFolder(path).allVersions() {
                #expect(try values(Int(version)).count == Int(version))
            }
            if faults.failed == nil { break }
        }
        #expect(try DatasetFolder(path).allVersions() == [4])
    }

    @Test func `what is committed, tagged or used after garbage was listed stays`() throws {
        // A version names a file that was no part of any when the garbage was listed.
        let last = DatasetFolder(path).path(ofVersion: 4)
        let manifest = try bytes(ofFile: last)
        try FileManager.default.removeItem(atPath: last)
        let staging = "\(path)/data/.x.staging-1-0"
        try write([1], toFile: staging)
        let garbage = try FolderGarbage(in: path, keeping: 1, olderThan: 0)
        #expect(garbage.versions.count == 2 && garbage.files.count == 2)
        try write(manifest, toFile: last)
        _ = try DatasetFolder(path).setTag("first", version: 1)
        let writer = try WritableFile(opening: staging)
        #expect(try writer.lock())
        let removed = try garbage.remove()
        #expect(removed.versions.map(\.path) == [DatasetFolder(path).path(ofVersion: 2)] && removed.files.isEmpty)
        #expect(try values() == [0, 1, 2, 3] && values(1) == [0])
        #expect(FileManager.default.fileExists(atPath: staging))
        // A tag whose version is gone.
        try FileManager.default.removeItem(atPath: DatasetFolder(path).path(ofVersion: 1))
        #expect(try DatasetFolder(path).log().map(\.record.version) == [4, 3])
        try FolderGarbage(in: path, keeping: 1, olderThan: 0).remove()
        #expect(try DatasetFolder(path).allVersions() == [4])
    }

    @Test func `a reader whose version was removed keeps open files, and is told about others`() throws {
        let old = try DatasetVersion(path: path, version: 3)
        #expect(try old.row(0, columns: [0])[0].elements(as: Int16.self) == [0])
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(path)/data")
        for file in files { try FileManager.default.removeItem(atPath: "\(path)/data/\(file)") }
        #expect(try old.row(0, columns: [0])[0].elements(as: Int16.self) == [0])
        let error = #expect(throws: ColonnadeError.self) { try old.row(1, columns: [0]) }
        #expect(error?.code == .fileNotFound && error?.message.contains("version 3") == true)
        #expect(error?.message.contains("newest version") == true)
    }

    @Test func `verification names damaged, missing and unreferenced files`() throws {
        let good = try FolderVerifier.verify(path: path)
        #expect(good.problems.isEmpty && good.fileCount == 4 && good.unreferenced.isEmpty && good.blockCount == 4)
        let abandoned = try abandon()
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(path)/data").sorted()
            .map { "\(path)/data/\($0)" }.filter { $0 != abandoned }
        var bad = try bytes(ofFile: files[0])
        bad[128] ^= 1
        try write(bad, toFile: files[0])
        try FileManager.default.removeItem(atPath: files[1])
        try write([1], toFile: DatasetFolder(path).path(ofVersion: 1))
        let report = try FolderVerifier.verify(path: path)
        #expect(report.unreferenced == [abandoned])
        #expect(report.problems.compactMap(\.rule).sorted() == [1, 29, 113])
        #expect(report.problems.allSatisfy { $0.place != nil })
        #expect(throws: ColonnadeError.self) { try FolderVerifier.verify(path: path) { _, _ in false } }
        #expect(throws: ColonnadeError.self) { try FolderVerifier.verify(path: folder.path) }
    }

    @Test func `a damaged tag stops neither the log nor gc, which then keeps all versions, and verification names it`()
        throws
    {
        _ = try DatasetFolder(path).setTag("first", version: 1)
        _ = try DatasetFolder(path).setTag("second", version: 2)
        try write([1], toFile: "\(path)/tags/first.colonnade")
        let abandoned = try abandon()
        var reported: [ColonnadeError] = []
        let log = try DatasetFolder(path).log { reported.append($0) }
        #expect(log.map(\.tags) == [[], [], ["second"], []] && reported.map(\.rule) == [1])
        let garbage = try FolderGarbage(in: path, keeping: 1, olderThan: 0)
        #expect(garbage.damagedTags == reported && garbage.versions.isEmpty)
        #expect(garbage.files.map(\.path) == [abandoned])
        try garbage.remove()
        #expect(try DatasetFolder(path).allVersions() == [1, 2, 3, 4] && values(1) == [0])
        #expect(try FolderVerifier.verify(path: path).problems == reported)
    }

    @Test func `verification compares the columns of files with those of each version`() throws {
        let base = try DatasetFolder(path).manifest(1)
        var footer = base.footer
        footer.columns[0].field.dtype = .uint16
        var made = Manifest(creating: footer, base.commit)
        try made.append(base.files[0], rowCount: 1, base.layouts[0], [])
        try write(made.encoded(), toFile: DatasetFolder(path).path(ofVersion: 1))
        let report = try FolderVerifier.verify(path: path)
        #expect(report.problems.map(\.rule) == [114] && report.fileCount == 4 && report.blockCount == 4)
    }

    @Test func `a version of another data set is found`() throws {
        let other = folder.file("other")
        var writer = try FolderWriter(creating: other, schema: schema)
        try writer.append(chunk(of: [[StoredValue(bytes: [9, 0])]], schema))
        try writer.finish()
        try FileManager.default.removeItem(atPath: DatasetFolder(path).path(ofVersion: 1))
        try FileManager.default.copyItem(
            atPath: DatasetFolder(other).path(ofVersion: 1), toPath: DatasetFolder(path).path(ofVersion: 1))
        let problems = try FolderVerifier.verify(path: path).problems
        #expect(problems.count == 1 && problems[0].message.contains("another data set"))
        // Its file is not there.
        #expect(#expect(throws: ColonnadeError.self) { try values(1) }?.rule == 113)
    }
}
