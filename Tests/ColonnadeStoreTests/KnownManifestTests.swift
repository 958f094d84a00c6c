// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import Foundation
import Testing

/// Tests that jobs read the newest manifest once, and again whenever its file is another one.
@Suite struct KnownManifestTests {
    private let folder: TemporaryFolder
    private let schema: Schema
    private var path: String { folder.file("train.colonnade") }

    init() throws {
        folder = try TemporaryFolder()
        schema = try Schema([Field("x", .int16)])
    }

    private func run(_ job: String, _ number: Int16) throws {
        var writer = try TaskWriter(DatasetJob(job, in: path), task: 0, of: 1, schema: schema)
        try writer.append(Sample(schema: schema, tensors: [Tensor(scalar: number)]))
        try writer.finish()
    }

    private func numbers() throws -> [Int16] {
        let version = try DatasetVersion(path: path)
        return try (0..<version.rowCount).map { try version.row($0, columns: [0])[0].item(as: Int16.self) }
    }

    private func versionPath(_ version: UInt64) -> String { DatasetFolder(path).path(ofVersion: version) }

    private func known(_ version: UInt64) -> Manifest? { KnownManifest.manifest(at: versionPath(version)) }

    @Test func `what a job read or published is read again when its file is another one`() throws {
        try run("a", 1)
        try DatasetJob("a", in: path).commit()
        // Other tests may run at once, and their jobs know other manifests.
        _ = try DatasetJob("b", in: path).committedVersion()
        if let manifest = known(1) { #expect(try manifest == DatasetFolder(path).manifest(1)) }
        #expect(try numbers() == [1])
        // Another writer commits, which is no job.
        var writer = try FolderWriter(appendingTo: path)
        try writer.append(Sample(schema: schema, tensors: [Tensor(scalar: Int16(2))]))
        try writer.finish()
        #expect(known(2) == nil)
        try run("b", 3)
        try DatasetJob("b", in: path).commit()
        #expect(try numbers() == [1, 2, 3])
        // A data set of the same name, with the same jobs.
        try FileManager.default.removeItem(atPath: path)
        #expect(known(3) == nil)
        try run("a", 4)
        #expect(try DatasetJob("a", in: path).committedVersion() == nil)
        try DatasetJob("a", in: path).commit()
        #expect(try numbers() == [4])
        // A hard link gives the file the name of another version.
        try FileManager.default.linkItem(atPath: versionPath(1), toPath: versionPath(2))
        _ = try? DatasetJob("a", in: path).committedVersion()
        #expect(#expect(throws: ColonnadeError.self) { _ = try numbers() }?.rule == 112)
        try FileManager.default.removeItem(atPath: versionPath(2))
        #expect(try DatasetJob("a", in: path).committedVersion() == 1 && numbers() == [4])
        try FileManager.default.linkItem(atPath: versionPath(1), toPath: versionPath(2))
        #expect(#expect(throws: ColonnadeError.self) { _ = try numbers() }?.rule == 112)
        try FileManager.default.removeItem(atPath: versionPath(2))
        // A manifest that is damaged.
        let name = versionPath(1)
        var bytes = try bytes(ofFile: name)
        bytes[bytes.count / 2] ^= 1
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: name)
        let file = try #require(FileHandle(forWritingAtPath: name))
        try file.write(contentsOf: bytes)
        try file.close()
        #expect(known(1) == nil)
        for open in [{ _ = try numbers() }, { _ = try DatasetJob("a", in: path).committedVersion() }] {
            #expect(#expect(throws: ColonnadeError.self) { try open() }?.code == .corruptFile)
        }
    }
}
