// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem
import Foundation
import Testing

/// Tests files whose path changes after they are opened.
@Suite struct RegularFileTests {
    @Test func `an open file is mapped and read itself, also after another one has its path`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (path, other) = ("\(folder.path)/a", "\(folder.path)/b")
        try Data("right".utf8).write(to: URL(filePath: path))
        let file = try RegularFile(path: path)
        try Data("wrong, and longer".utf8).write(to: URL(filePath: other))
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other)
        #expect(try file.mapped().tensor.elements(as: UInt8.self) == Array("right".utf8))
        #expect(try file.read(1..<5, from: TensorPool(keeping: 0)).elements(as: UInt8.self) == Array("ight".utf8))
        try FileManager.default.removeItem(atPath: path)
        #expect(try file.mapped().tensor.elements(as: UInt8.self) == Array("right".utf8))
    }
}
