// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

/// Tests the rights of a file that is created or replaced, and that the target of a link is the file that is replaced.
@Suite final class TargetRightsTests: TargetSuite {
    private func setPermissions(_ permissions: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
    }

    /// Returns the permissions of the staging file while a writer has it open.
    private func permissionsOfStaging() throws -> UInt32? {
        let name = try folder.names.first { $0.contains(".staging-") }
        return try name.flatMap { try Syscalls.status(path: folder.file($0)) }?.permissions
    }

    @Test(arguments: [
        (0o600, 0o600), (0o640, 0o640), (0o444, 0o444), (0o4755, 0o755), (0o2775, 0o775), (0o1777, 0o777),
    ])
    func `permissions are kept, except those that change the user or group of a program`(old: Int, new: UInt32) throws {
        try write(one, schema, to: path)
        try setPermissions(old, path)
        var writer = try DatasetWriter(creating: path, schema: schema, options: options(replacing: true))
        #expect(try permissionsOfStaging() == new)
        try writer.append(chunk(of: two, schema))
        try writer.finish()
        #expect(try Syscalls.status(path: path)?.permissions == new)
        #expect(try columns(of: StoredDataset(path: path)) == two)
    }

    @Test func `other users never get more rights to read`() throws {
        for call in 0..<40 {
            try? Syscalls.unlink(path)
            try write(one, schema, to: path)
            try setPermissions(0o600, path)
            let seen = Monitor<[UInt32]>([])
            let (folder, schema, two, path) = (folder, schema, two, path)
            let faults = FaultInjection(before: call) {
                for name in (try? folder.names) ?? [] {
                    guard let status = try? Syscalls.status(path: folder.file(name)) else { continue }
                    seen.withLock { $0.append(status.permissions) }
                }
            }
            try FaultInjection.$current.withValue(faults) {
                _ = try write(two, schema, to: path, options: options(replacing: true))
            }
            if faults.failed == nil { return #expect(call > 10) }
            #expect(seen.withLock { $0.allSatisfy { $0 == 0o600 } }, "before call \(call)")
        }
        Issue.record("there are more calls than were tried")
    }

    @Test(.enabled(if: geteuid() == 0, "only the superuser gives files away")) func `owner and group are kept`() throws
    {
        try write(one, schema, to: path)
        #expect(unsafe chown(path, 12_345, 54_321) == 0)
        try setPermissions(0o6640, path)
        try write(two, schema, to: path, options: options(replacing: true))
        let status = try #require(try Syscalls.status(path: path))
        #expect(status.owner == 12_345 && status.group == 54_321 && status.permissions == 0o640)
    }

    @Test func `a group that cannot be kept gets no more rights than all others`() throws {
        try write(one, schema, to: path)
        let file = try WritableFile(opening: path)
        for (old, new) in [(0o664, 0o644), (0o660, 0o600), (0o750, 0o700), (0o707, 0o707)] as [(UInt32, UInt32)] {
            var status = try #require(try Syscalls.status(path: path))
            status.owner += 1
            status.permissions = old
            // Calls 1 and 2 change the owner; error 1 is EPERM.
            let faults = FaultInjection(failing: 1, through: 2, with: 1)
            #expect(try FaultInjection.$current.withValue(faults) { try file.copyRights(of: status) } == false)
            #expect(faults.failed == "fchown")
            #expect(try Syscalls.status(path: path)?.permissions == new)
        }
    }

    @Test func `the target of a link is replaced`() throws {
        try FileManager.default.createDirectory(atPath: folder.file("below"), withIntermediateDirectories: false)
        let real = folder.file("below/real.colonnade")
        try write(one, schema, to: real)
        let link = folder.file("link.colonnade")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "below/real.colonnade")
        try FileManager.default.createSymbolicLink(atPath: folder.file("twice"), withDestinationPath: link)
        for (name, rows) in [(link, two), (folder.file("twice"), one)] {
            let error = #expect(throws: ColonnadeError.self) { try write(rows, schema, to: name) }
            #expect(error?.code == .fileExists)
            try write(rows, schema, to: name, options: options(replacing: true))
            #expect(try Syscalls.statusWithoutFollowing(path: name)?.isLink == true)
            #expect(try columns(of: StoredDataset(path: real)) == rows)
        }
        try append(two, to: link)
        #expect(try columns(of: StoredDataset(path: real)) == [one[0] + two[0]])
        #expect(try Syscalls.statusWithoutFollowing(path: link)?.isLink == true)
        #expect(try folder.names == ["below", "link.colonnade", "twice"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("below")) == ["real.colonnade"])
    }

    @Test func `dangling and circular links`() throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "new.colonnade")
        try write(one, schema, to: path)
        #expect(try columns(of: StoredDataset(path: folder.file("new.colonnade"))) == one)
        try FileManager.default.createSymbolicLink(atPath: folder.file("circle"), withDestinationPath: "circle")
        try FileManager.default.createSymbolicLink(atPath: folder.file("missing"), withDestinationPath: "no/where")
        for (name, code) in [("circle", ColonnadeError.Code.system), ("missing", .fileNotFound)] {
            let error = #expect(throws: ColonnadeError.self) {
                try write(two, schema, to: folder.file(name), options: options(replacing: true))
            }
            #expect(error?.code == code)
            #expect(try Syscalls.statusWithoutFollowing(path: folder.file(name))?.isLink == true)
        }
    }

    @Test func `names of open files cannot be replaced`() throws {
        for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/proc/\(Syscalls.processIdentifier)/fd/1"] {
            #expect(try OutputPath(following: name) == .descriptor(1))
        }
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/stderr")
        #expect(try OutputPath(following: path) == .descriptor(2))
        try makePipe(folder.file("pipe"))
        #expect(try OutputPath(following: folder.file("pipe")) == .stream(folder.file("pipe")))
        let error = #expect(throws: ColonnadeError.self) {
            try write(one, schema, to: path, options: options(replacing: true))
        }
        #expect(error?.code == .fileExists && error?.message.contains("standard output") == true)
        #expect(try Syscalls.statusWithoutFollowing(path: path)?.isLink == true)
    }

    @Test(arguments: ["n", "é", "👩‍👩‍👧‍👦"]) func `names of the greatest length of the system`(character: Character) throws {
        let name = String(repeating: character, count: 255 / String(character).utf8.count)
        for replacing in [false, true] {
            try write(replacing ? two : one, schema, to: folder.file(name), options: options(replacing: replacing))
        }
        #expect(try columns(of: StoredDataset(path: folder.file(name))) == two)
        // A writer finds the staging file of a killed run, and not the file of another long name.
        var first = try DatasetWriter(creating: folder.file(name), schema: schema, options: options(replacing: true))
        let staging = try #require(try folder.names.first { $0.contains(".staging-") })
        try first.append(chunk(of: one, schema))
        try first.finish()
        try write([1], toFile: folder.file(staging))
        let other = String(name.dropLast())
        try write(one, schema, to: folder.file(other))
        #expect(try folder.names.contains(staging))
        try write(one, schema, to: folder.file(name), options: options(replacing: true))
        #expect(try Set(folder.names) == [name, other])
    }
}
