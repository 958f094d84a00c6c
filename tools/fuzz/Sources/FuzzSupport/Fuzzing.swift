// SPDX-License-Identifier: Apache-2.0

import CFuzzer
public import Colonnade
public import ColonnadeIngest

/// The fuzzed code: it receives the path of a file with any contents, and may throw a `ColonnadeError`; any other
/// failure is a finding.
public typealias FuzzedRead = (_ path: String) throws(ColonnadeError) -> Void

/// The fuzzed code that receives the contents without a file.
public typealias FuzzedParse = (_ bytes: [UInt8]) throws(ColonnadeError) -> Void

nonisolated(unsafe) private var read: FuzzedRead = { _ throws(ColonnadeError) in }
nonisolated(unsafe) private var parse: FuzzedParse = { _ throws(ColonnadeError) in }
nonisolated(unsafe) private var reseal: (([UInt8]) -> [UInt8]?)?
nonisolated(unsafe) private var path = ""

/// Runs libFuzzer with the options of the command line; does not return.
///
/// - Parameters:
///   - suffix: the suffix of the file's name, for code that depends on it.
///   - resealing: returns the contents with correct checksums, so that the code after the checks is reached too.
public func fuzz(suffix: String, resealing: (([UInt8]) -> [UInt8]?)? = nil, _ body: @escaping FuzzedRead) {
    read = body
    reseal = resealing
    path = "input\(suffix)"  // in the current folder, which tools/run-fuzz makes for each target
    fuzz_main(CommandLine.argc, CommandLine.unsafeArgv) { start, count in
        let bytes = Array(UnsafeBufferPointer(start: start, count: count))
        try? run(bytes)
        if let sealed = reseal?(bytes), sealed != bytes { try? run(sealed) }
        return 0
    }
}

/// Runs libFuzzer on code that is given the contents; does not return. `resealing` is as for files.
public func fuzz(resealing: (([UInt8]) -> [UInt8]?)? = nil, _ body: @escaping FuzzedParse) {
    parse = body
    reseal = resealing
    fuzz_main(CommandLine.argc, CommandLine.unsafeArgv) { start, count in
        let bytes = Array(UnsafeBufferPointer(start: start, count: count))
        try? parse(bytes)
        if let sealed = reseal?(bytes), sealed != bytes { try? parse(sealed) }
        return 0
    }
}

private func run(_ bytes: [UInt8]) throws(ColonnadeError) {
    writeFile(bytes, to: path)
    try read(path)
}

/// Writes a file in the current folder.
public func writeFile(_ bytes: [UInt8], to path: String) {
    guard bytes.withUnsafeBytes({ fuzz_write_file(path, $0.baseAddress, $0.count) }) == 0 else {
        fatalError("cannot write \(path)")
    }
}

/// Makes a folder in the current folder, unless there is one.
public func makeFolder(_ path: String) {
    guard fuzz_make_folder(path) == 0 else { fatalError("cannot make the folder \(path)") }
}

/// Returns the bytes with correct checksums of all headers that have the mark of one.
public func resealedTar(_ bytes: [UInt8]) -> [UInt8]? {
    var bytes = bytes
    for start in stride(from: 0, to: bytes.count - 511, by: 512)
    where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
        var sum = 8 * 32
        for offset in 0..<512 where !(148..<156).contains(offset) { sum += Int(bytes[start + offset]) }
        for digit in 0..<6 { bytes[start + 148 + digit] = UInt8(48 + (sum >> (3 * (5 - digit))) & 7) }
        bytes[start + 154] = 0
        bytes[start + 155] = 32
    }
    return bytes
}

/// Reads a source to its end, with limits so small that there are several chunks.
public func drain(_ source: any RecordSource) throws(ColonnadeError) {
    var rows = 0
    while let chunk = try source.nextChunk(rowLimit: 7, byteLimit: 512) {
        precondition(chunk.rowCount > 0, "an empty chunk")
        precondition(chunk.columns.count == source.schema.count, "a chunk with other columns than the schema")
        rows += chunk.rowCount
    }
    precondition(rows == source.rowCount, "\(rows) rows came out and \(source.rowCount) were promised")
}

/// Returns a buffer of one sample, whose key "path" names a file.
public func buffer(naming path: String) throws(ColonnadeError) -> Buffer {
    try Buffer([Sample(schema: Schema([Field("path", kind: .string)]), tensors: [Tensor(utf8: path)])])
}
