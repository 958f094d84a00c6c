// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Foundation

/// Returns the path of a table in the fixtures, which has real data.
func tablePath(_ name: String) -> String {
    let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
    return "\(folder)/Fixtures/tabular/\(name)"
}

func csv(
    _ text: String, readSize: Int = 1 << 20, _ configure: (inout TextSourceOptions) throws -> Void = { _ in }
) throws -> CSVSource {
    var options = TextSourceOptions()
    try configure(&options)
    return try CSVSource(.bytes(Array(text.utf8), name: "t.csv"), options: options, readSize: readSize)
}

func jsonLines(
    _ text: String, readSize: Int = 1 << 20, _ configure: (inout TextSourceOptions) throws -> Void = { _ in }
) throws -> JSONLinesSource {
    var options = TextSourceOptions()
    try configure(&options)
    return try JSONLinesSource(.bytes(Array(text.utf8), name: "t.jsonl"), options: options, readSize: readSize)
}

/// Writes a file that exists while `body` runs.
func withTemporaryFile(_ bytes: [UInt8], suffix: String = ".txt", _ body: (String) throws -> Void) throws {
    let path = "\(FileManager.default.temporaryDirectory.path)/colonnade-\(UUID().uuidString)\(suffix)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
}

/// Writes a file. With `inPlace` it changes the contents of an existing file, which open readers then see.
func write(_ text: String, to path: String, inPlace: Bool = false) throws {
    guard inPlace else { return try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
}
