// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Foundation
import Testing

/// Returns the path of a fixture of the repository.
func fixture(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/\(name)")
        .path
}

func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
}

func remove(_ paths: String...) throws { for path in paths { try FileManager.default.removeItem(atPath: path) } }

func contents(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

/// Reads a source to its end, and throws its first error.
func exhaust(_ source: any RecordSource) throws { _ = try rows(of: source) }

/// Expects that every truncation of a file is an error whose message names the file.
func checkTruncations(
    of bytes: [UInt8], named name: String, allowing allowed: Set<Int> = [],
    open: (String) throws -> any RecordSource
) throws {
    let scratch = try Scratch()
    for count in 0..<bytes.count where !allowed.contains(count) {
        let path = try scratch.write(Array(bytes.prefix(count)), name)
        let error = #expect(throws: ColonnadeError.self, "\(name) cut after \(count) bytes") {
            try exhaust(try open(path))
        }
        #expect(error.map(String.init(describing:))?.contains(name) == true)
    }
}

/// Expects that changed bytes give either rows or an error that names the file, and that reading ends without a crash.
func checkFlips(
    of bytes: [UInt8], named name: String, count: Int, open: (String) throws -> any RecordSource
) throws {
    let scratch = try Scratch()
    var random = SplitMix(state: 7)
    for _ in 0..<count {
        var changed = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        let path = try scratch.write(changed, name)
        do {
            try exhaust(try open(path))
        } catch let error as ColonnadeError {
            #expect(error.description.contains(name), "\(error)")
        }
    }
}

/// Returns the little-endian bytes of numbers.
func bytes<Value: FixedWidthInteger>(_ values: Value...) -> [UInt8] {
    values.flatMap { value in (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * Value($0))) } }
}

func bytes(_ values: Double...) -> [UInt8] { values.flatMap { bytes($0.bitPattern) } }

func bytes(_ values: Float...) -> [UInt8] { values.flatMap { bytes($0.bitPattern) } }
