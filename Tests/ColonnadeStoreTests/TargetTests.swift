// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

/// Tests targets that cannot be written, files that others use, and files that killed runs left.
@Suite final class TargetTests: TargetSuite {
    private func refusal(_ path: String, replacing: Bool = false) -> ColonnadeError? {
        #expect(throws: ColonnadeError.self) {
            try write(one, schema, to: path, options: options(replacing: replacing))
        }
    }

    @Test func `impossible targets are refused before anything is written`() throws {
        try write(one, schema, to: path)
        let before = try bytes(ofFile: path)
        #expect(refusal(path)?.code == .fileExists)
        #expect(refusal(folder.path)?.code == .fileExists)
        #expect(refusal(folder.path, replacing: true)?.code == .fileExists)
        #expect(refusal(folder.file("missing/data"))?.code == .fileNotFound)
        #expect(refusal(path + "/data")?.code == .fileNotFound)
        #expect(refusal("")?.code == .invalidArgument)
        #expect(try bytes(ofFile: path) == before)
        #expect(try folder.names == ["data.colonnade"])
        for path in [folder.file("missing"), folder.file("missing/data"), folder.path, "/dev/null"] {
            let error = #expect(throws: ColonnadeError.self) { try append(one, to: path) }
            #expect(error?.place == .file(path))
        }
    }

    @Test func `a pipe or a device is not replaced by a file`() throws {
        // A pipe represents devices, since the test of a superuser would destroy a real one.
        let pipe = folder.file("pipe")
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        for replacing in [false, true] {
            let error = refusal(pipe, replacing: replacing)
            #expect(error?.code == .fileExists)
            #expect(error?.message.contains("a pipe") == true)
        }
        var status = stat()
        #expect(unsafe stat(pipe, &status) == 0)
        #expect(status.st_mode & S_IFMT == S_IFIFO)
        #expect(try folder.names == ["pipe"])
    }

    @Test func `a read-only folder is refused`() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
        // The superuser can write to all ordinary folders, so the test then uses a folder that no user can write to.
        let isRefused = !FileManager.default.isWritableFile(atPath: folder.path)
        let target = isRefused ? path : "/proc/self/data.colonnade"
        let error = refusal(target)
        #expect(error?.code == .system || error?.code == .fileNotFound)
        #expect(error?.place == .file(target))
    }

    @Test func `a target that appears meanwhile is not overwritten`() throws {
        var writer = try DatasetWriter(creating: path, schema: schema)
        try writer.append(chunk(of: one, schema))
        try write([1, 2, 3], toFile: path)
        do {
            try writer.finish()
            Issue.record("it was overwritten")
        } catch { #expect(error.code == .fileExists) }
        #expect(try bytes(ofFile: path) == [1, 2, 3])
        #expect(try folder.names == ["data.colonnade"])
    }

    @Test func `readers keep the rows of the file that they opened`() throws {
        try write(one, schema, to: path)
        let first = try StoredDataset(path: path)
        try append(two, to: path)
        let second = try StoredDataset(path: path)
        try write(two, schema, to: path, options: options(replacing: true))
        #expect(try columns(of: first) == one)
        #expect(try columns(of: second) == [one[0] + two[0]])
        #expect(try columns(of: StoredDataset(path: path)) == two)
        #expect(first.identity != second.identity)
        try Syscalls.unlink(path)
        #expect(try columns(of: second) == [one[0] + two[0]])
    }

    @Test func `opening while another appends or replaces gives the rows of some commit`() throws {
        for call in 0..<8 {
            for isReplacing in [false, true] {
                let replacing = options(replacing: true)
                try write(one, schema, to: path, options: replacing)
                let (path, rows, schema) = (path, two, schema)
                let faults = FaultInjection(before: call) {
                    if isReplacing {
                        _ = try? write(rows, schema, to: path, options: replacing)
                    } else {
                        _ = try? append(rows, to: path)
                    }
                }
                let found = try FaultInjection.$current.withValue(faults) { try columns(of: StoredDataset(path: path)) }
                let after = isReplacing ? two : [one[0] + two[0]]
                #expect(found == one || found == after, "call \(call)")
                if faults.failed != nil { #expect(try columns(of: StoredDataset(path: path)) == after) }
            }
        }
    }

    @Test func `the second of two appenders is refused`() throws {
        try write(one, schema, to: path)
        var writer = try DatasetWriter(appendingTo: path)
        let error = #expect(throws: ColonnadeError.self) { try append(two, to: path) }
        #expect(error?.code == .system && error?.message.contains("another writer") == true)
        try writer.append(chunk(of: two, schema))
        try writer.finish()
        #expect(try append(two, to: path).rowCount == 5)
    }

    @Test func `rows are not added to a file that was replaced meanwhile`() throws {
        try write(one, schema, to: path)
        var writer = try DatasetWriter(appendingTo: path)
        try writer.append(chunk(of: two, schema))
        try Syscalls.rename(path, to: folder.file("kept"))
        try write(two, schema, to: path)
        do {
            try writer.finish()
            Issue.record("the rows were lost")
        } catch { #expect(error.code == .system) }
        #expect(try columns(of: StoredDataset(path: folder.file("kept"))) == one)
        #expect(try columns(of: StoredDataset(path: path)) == two)
    }

    @Test func `staging files of killed runs are removed, and those in use are not`() throws {
        let abandoned = folder.file(".data.colonnade.staging-99999-0")
        let ofOther = folder.file(".other.staging-99999-0")
        let inUse = folder.file(".data.colonnade.staging-99999-1")
        try write([1], toFile: abandoned)
        try write([1], toFile: ofOther)
        let held = try WritableFile(creating: inUse, permissions: 0o666)
        #expect(try held.lock())
        let running = try DatasetWriter(creating: path, schema: schema)
        #expect(try folder.names.count == 3)
        try write(one, schema, to: path)
        let own = ".data.colonnade.staging-\(Syscalls.processIdentifier)-0"
        #expect(
            try Set(folder.names) == [
                ".data.colonnade.staging-99999-1", ".other.staging-99999-0", "data.colonnade", own,
            ])
        do {
            try running.finish()
            Issue.record("the target was overwritten")
        } catch { #expect(error.code == .fileExists) }
        #expect(try folder.names.count == 3)
        withExtendedLifetime(held) {}
    }

    @Test func `bytes of an interrupted append do not belong to the data, and the next append removes them`() throws {
        try write(one, schema, to: path)
        let before = try bytes(ofFile: path)
        for slot in [
            before[96..<128], (0..<32).map { UInt8($0) }[...], Array(repeating: 7, count: 7)[...] + before[103..<128],
        ] {
            var interrupted = before + [UInt8](repeating: 0xAB, count: 1000)
            interrupted.replaceSubrange(96..<128, with: slot)
            try write(interrupted, toFile: path)
            let dataset = try StoredDataset(path: path)
            #expect(dataset.trailingByteCount == 1000 && dataset.byteCount == before.count)
            #expect(try columns(of: dataset) == one)
            try append(two, to: path)
            #expect(try DatasetVerifier.verify(path: path).problems == [])
            let after = try StoredDataset(path: path)
            #expect(try columns(of: after) == [one[0] + two[0]])
            #expect(after.trailingByteCount == 0)
        }
    }

    @Test func `files with unknown extensions are read, and not appended to`() throws {
        for name in ["unknown-attribute", "unknown-feature", "unknown-minor-version"] {
            let path = folder.file(name)
            try write(bytes(ofFile: "\(Repository.vectors)/\(name).colonnade"), toFile: path)
            let before = try bytes(ofFile: path)
            let error = #expect(throws: ColonnadeError.self) { _ = try DatasetWriter(appendingTo: path).schema }
            #expect(error?.code == .unsupported)
            #expect(try bytes(ofFile: path) == before)
        }
    }
}
