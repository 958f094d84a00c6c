// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Testing

@Suite struct FileReaderTests {
    private let folder: TemporaryFolder
    private let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    init() throws {
        folder = try TemporaryFolder()
        try write(content, toFile: folder.file("data"))
        try write([], toFile: folder.file("empty"))
    }

    @Test(arguments: [1, 7, 4096, 99_999, 100_000, 100_001, Int.max])
    func `pieces of any size make the complete file`(size: Int) throws {
        if size == 1 {
            var reader = try FileReader(path: folder.file("data"))
            var bytes: [UInt8] = [1, 2, 3]
            #expect(try reader.read(upTo: 1, appendingTo: &bytes) == 1)
            #expect(bytes == [1, 2, 3, content[0]])
            return
        }
        var reader = try FileReader(path: folder.file("data"))
        #expect(reader.byteCount == content.count)
        var bytes: [UInt8] = []
        while true {
            let old = bytes.count
            let count = try reader.read(upTo: size, appendingTo: &bytes)
            #expect(bytes.count == old + count)
            if count < size { break }
        }
        #expect(bytes == content)
        #expect(try reader.read(upTo: 10, appendingTo: &bytes) == 0)
    }

    @Test func `an empty file has no bytes`() throws {
        var reader = try FileReader(path: folder.file("empty"))
        var bytes: [UInt8] = []
        #expect(try reader.read(upTo: 10, appendingTo: &bytes) == 0)
        #expect(try MappedFile(path: folder.file("empty")).withBytes { $0.byteCount } == 0)
    }

    @Test func `reading continues at the offset of a seek`() throws {
        var reader = try FileReader(path: folder.file("data"))
        var bytes: [UInt8] = []
        try reader.seek(to: 50_000)
        try reader.read(upTo: 3, appendingTo: &bytes)
        try reader.seek(to: 0)
        try reader.read(upTo: 2, appendingTo: &bytes)
        #expect(bytes == Array(content[50_000..<50_003]) + Array(content[..<2]))
    }

    @Test func `a file that is longer than its size says is read to its end`() throws {
        // Files of /proc have size 0.
        guard try Syscalls.status(path: "/proc/self/status") != nil else { return }
        var reader = try FileReader(path: "/proc/self/status")
        var bytes: [UInt8] = []
        let count = try reader.read(upTo: 1 << 20, appendingTo: &bytes)
        #expect(count > 100)
        #expect(try reader.read(upTo: 10, appendingTo: &bytes) == 0)
    }

    @Test func `files that cannot be read are errors`() throws {
        for (path, code) in [
            (folder.file("missing"), ColonnadeError.Code.fileNotFound), (folder.path, .invalidSource),
            (folder.file("data/below"), .fileNotFound),
        ] {
            let reading = #expect(throws: ColonnadeError.self) { _ = try FileReader(path: path).byteCount }
            let mapping = #expect(throws: ColonnadeError.self) { _ = try MappedFile(path: path) }
            #expect(reading?.code == code && mapping?.code == code)
            #expect(reading?.place == .file(path) && mapping?.place == .file(path))
        }
    }

    @Test(.timeLimit(.minutes(15))) func `a pipe is not mapped, and not waited for`() throws {
        try makePipe(folder.file("pipe"))
        let error = #expect(throws: ColonnadeError.self) { _ = try MappedFile(path: folder.file("pipe")) }
        #expect(error?.code == .invalidSource)
    }

    @Test func `a mapping stays valid when the file is replaced or removed`() throws {
        let path = folder.file("data")
        let mapped = try MappedFile(path: path)
        try Syscalls.unlink(path)
        try write([1], toFile: path)
        let seen = mapped.withBytes { span in
            span.byteOffsets.map { unsafe span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
        #expect(seen == content)
        #expect(mapped.byteCount == content.count && mapped.path == path)
        mapped.populate(0..<mapped.byteCount)
        mapped.populate(5000..<5001)
    }

    @Test func `every failed system call is an error that names it`() throws {
        let path = folder.file("data")
        for call in 0..<3 {
            let faults = FaultInjection(failing: call, with: 5)
            let error = FaultInjection.$current.withValue(faults) {
                #expect(throws: ColonnadeError.self) {
                    var reader = try FileReader(path: path)
                    var bytes: [UInt8] = []
                    try reader.read(upTo: 10, appendingTo: &bytes)
                }
            }
            #expect(error?.code == .system)
            #expect(error?.message.contains(["open", "fstat", "read"][call]) == true)
            #expect(faults.failed == ["open", "fstat", "read"][call])
        }
    }
}
