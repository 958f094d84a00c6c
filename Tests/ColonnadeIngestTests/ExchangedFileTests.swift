// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeIngest
import ColonnadeMedia
import ColonnadeSystem
import Foundation
import Testing

/// Tests that files that samples name stay inside of a folder, whatever another process does meanwhile.
@Suite struct ExchangedFileTests {
    private enum Kind: String, CaseIterable { case text, tar, picture }

    private let schema: Schema

    init() throws { schema = try Schema([Field("n", kind: .string), Field("file", kind: .string)]) }

    /// Makes `in/d` and `out`, each with a text and an archive, whose only contents are the name of the folder.
    private func make() throws -> Scratch {
        let scratch = try Scratch()
        for (folder, text) in [("in/d", "in"), ("out", "out")] {
            try FileManager.default.createDirectory(
                atPath: scratch.path(folder), withIntermediateDirectories: true)
            try scratch.write(Array(text.utf8), "\(folder)/text")
            var archive = TarBuilder()
            archive.add("n", Array(text.utf8))
            try scratch.write(archive.finished, "\(folder)/tar")
        }
        return scratch
    }

    private func stream(_ kind: Kind, _ scratch: Scratch) throws -> Colonnade.Stream {
        let names = try Buffer([
            Sample(schema: schema, tensors: [Tensor(utf8: "n"), Tensor(utf8: "d/\(kind.rawValue)")])
        ])
        switch kind {
        case .text: return try names.stream().lines(fromFile: "file", folder: scratch.path("in"), as: "n")
        case .tar:
            return try names.readingMember("n", ofTarNamedBy: "file", folder: scratch.path("in"), as: "n").stream()
        case .picture:
            let picture = try Buffer([
                Sample(
                    schema: try Schema([Field("p", .uint8, [1, 1, 3])]),
                    tensors: [Tensor([UInt8](repeating: 7, count: 3), shape: [1, 1, 3])])
            ])
            return try names.zipped(with: picture).savingImage("p", named: "file", folder: scratch.path("in")).stream()
        }
    }

    @Test func `a folder that is exchanged before any call leads to no file outside`() throws {
        for kind in Kind.allCases {
            var results: Set<String?> = []
            for call in 0..<7 {
                let scratch = try make()
                let base = scratch.folder
                let exchange = FaultInjection(before: call) {
                    let manager = FileManager.default
                    try? manager.moveItem(atPath: "\(base)/in/d", toPath: "\(base)/in/moved")
                    try? manager.createSymbolicLink(atPath: "\(base)/in/d", withDestinationPath: "\(base)/out")
                }
                let samples = try stream(kind, scratch)
                let value = FaultInjection.$current.withValue(exchange) {
                    var pass = samples.makeIterator()
                    return (try? pass.next()).map { String(decoding: $0["n"].rawBytes, as: UTF8.self) }
                }
                let outside = try FileManager.default.contentsOfDirectory(atPath: "\(base)/out").sorted()
                #expect(value != "out" && outside == ["tar", "text"], "\(kind), call \(call)")
                results.insert(value)
            }
            // Some of the exchanges come too late.
            #expect(results.contains(kind == .picture ? "n" : "in"), "\(kind)")
        }
    }
}
