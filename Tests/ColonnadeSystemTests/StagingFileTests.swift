// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Testing

@Suite struct StagingFileTests {
    private let folder: TemporaryFolder
    private var target: String { folder.file("target") }

    init() throws { folder = try TemporaryFolder() }

    private func publish(_ content: [UInt8], replacing: Bool) throws {
        let staging = try StagingFile(target: target, replacing: replacing)
        try staging.file.write(content, at: 0)
        try staging.publish(replacing: replacing)
    }

    @Test func `a file appears completely, or not at all`() throws {
        try publish([1, 2, 3], replacing: false)
        #expect(try bytes(ofFile: target) == [1, 2, 3])
        let error = #expect(throws: ColonnadeError.self) { try publish([4], replacing: false) }
        #expect(error?.code == .fileExists)
        try publish([5], replacing: true)
        #expect(try bytes(ofFile: target) == [5])
        do {
            let dropped = try StagingFile(target: target, replacing: true)
            try dropped.file.write([6], at: 100)
            #expect(try folder.names.count == 2)
        }
        #expect(try bytes(ofFile: target) == [5])
        #expect(try folder.names == ["target"])
    }

    @Test func `two writers have separate staging files, and the last to publish wins`() throws {
        let first = try StagingFile(target: target, replacing: true)
        let second = try StagingFile(target: target, replacing: true)
        try first.file.write([1], at: 0)
        try second.file.write([2], at: 0)
        try second.publish(replacing: true)
        try first.publish(replacing: true)
        #expect(try bytes(ofFile: target) == [1])
        #expect(try folder.names == ["target"])
    }

    #if DEBUG
        @Test(arguments: [false, true]) func `publishing keeps the staging file of the next writer`(replacing: Bool)
            throws
        {
            var taken = 0
            for call in 0..<20 {
                if replacing { try publish([0], replacing: true) } else { try? Syscalls.unlink(target) }
                let name = folder.file(".target.staging-\(Syscalls.processIdentifier)-0")
                let next = FaultInjection(before: call) {
                    // Another writer takes the name as soon as it is free.
                    if let file = try? WritableFile(creating: name, permissions: 0o600) { try? file.write([7], at: 0) }
                }
                // A file with that name that exists before the call is the remainder of a killed run, and is removed.
                try FaultInjection.$current.withValue(next) { try publish([1], replacing: replacing) }
                #expect(try bytes(ofFile: target) == [1])
                guard try Syscalls.status(path: name) != nil else { continue }
                taken += 1
                #expect(try bytes(ofFile: name) == [7])
                try Syscalls.unlink(name)
            }
            // The name is free before the staging file is made and after it is renamed. A link keeps the name until the
            // end.
            #expect(replacing ? taken > 1 : taken == 1)
        }
    #endif

    @Test func `writing at any offset leaves zeros between`() throws {
        let file = try WritableFile(creating: target, permissions: 0o600)
        try file.write([1], at: 5)
        try file.write([], at: 100)
        #expect(try file.byteCount() == 6)
        try file.truncate(to: 8)
        #expect(try bytes(ofFile: target) == [0, 0, 0, 0, 0, 1, 0, 0])
        #expect(try file.isStillThere())
        try Syscalls.unlink(target)
        #expect(try !file.isStillThere())
        #expect(try file.linkCount() == 0)
    }
}
