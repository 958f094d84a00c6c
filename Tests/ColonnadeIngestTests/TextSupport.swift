// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeTestSupport
import Foundation

/// Real tables that the repository carries.
func tablePath(_ name: String) -> String {
    let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
    return "\(folder)/Fixtures/tabular/\(name)"
}

func csv(
    _ text: String, readSize: Int = 1 << 20, _ configure: (inout TextOptions) throws -> Void = { _ in }
) throws -> CSVSource {
    var options = TextOptions()
    try configure(&options)
    return try CSVSource(.bytes(Array(text.utf8), name: "t.csv"), options: options, readSize: readSize)
}

func jsonLines(
    _ text: String, readSize: Int = 1 << 20, _ configure: (inout TextOptions) throws -> Void = { _ in }
) throws -> JSONLinesSource {
    var options = TextOptions()
    try configure(&options)
    return try JSONLinesSource(.bytes(Array(text.utf8), name: "t.jsonl"), options: options, readSize: readSize)
}

extension SourceValue {
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func scalars<Scalar: FixedWidthInteger>(_ type: Scalar.Type = Scalar.self) -> [Scalar] {
        let size = MemoryLayout<Scalar>.size
        return stride(from: 0, to: bytes.count, by: size).map { start in
            var value: Scalar = 0
            for byte in bytes[start..<start + size].reversed() { value = value << 8 | Scalar(truncatingIfNeeded: byte) }
            return value
        }
    }

    var doubles: [Double] { scalars(UInt64.self).map { Double(bitPattern: $0) } }
    var floats: [Float] { scalars(UInt32.self).map { Float(bitPattern: $0) } }
    var integers: [Int64] { scalars(Int64.self) }
}

extension RecordSource {
    /// The type of each column, as people read it.
    var types: [String] { schema.map(\.description) }
}

/// A seeded generator, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A file that is there while `body` runs.
func withTemporaryFile(_ bytes: [UInt8], suffix: String = ".txt", _ body: (String) throws -> Void) throws {
    let path = "\(FileManager.default.temporaryDirectory.path)/colonnade-\(UUID().uuidString)\(suffix)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
}

/// Writes a new file, or other contents into the file that is there, which whoever has it open then sees.
func write(_ text: String, to path: String, inPlace: Bool = false) throws {
    guard inPlace else { return try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
}
