// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeSystem
import Foundation
import Testing

/// Tests that files of a folder stay inside of it, whatever their names are and whatever another process does meanwhile.
@Suite struct NamedFilesTests {
    private let manager = FileManager.default
    /// A folder with `in/d/x` and `out/x`, whose contents are "in" and "out".
    private let base = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)").path

    private func make() throws {
        for (folder, text) in [("in/d", "in"), ("out", "out")] {
            try manager.createDirectory(atPath: "\(base)/\(folder)", withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: "\(base)/\(folder)/x"))
        }
    }

    private func link(_ name: String, to target: String) throws {
        try? manager.removeItem(atPath: "\(base)/\(name)")
        try manager.createSymbolicLink(atPath: "\(base)/\(name)", withDestinationPath: target)
    }

    private func buffer(_ name: String, folder: String? = nil) throws -> Buffer {
        try Buffer([Sample(schema: try Schema([Field("x", kind: .string)]), tensors: [Tensor(utf8: name)])])
            .loadingFile("x", folder: folder ?? "\(base)/in")
    }

    private func text(_ buffer: Buffer) throws -> String {
        String(decoding: try buffer[0].tensors[0].elements(as: UInt8.self), as: UTF8.self)
    }

    @Test func `names of files in a folder may have dots, slashes and links that stay inside`() throws {
        try make()
        defer { try? manager.removeItem(atPath: base) }
        try link("in/link", to: "d/x")
        try link("in/whole", to: "\(base)/in/d/x")
        try link("in/d/up", to: "../d")
        try link("other", to: "in")
        let names = [
            "d/x", "./d/x", "d//x", "d/../d/x", "link", "whole", "d/up/x", "\(base)/in/d/x", "\(base)/other/d/x",
        ]
        for folder in ["\(base)/in", "\(base)/in/", "\(base)/other", "\(base)//in/d/.."] {
            for name in names { #expect(try text(buffer(name, folder: folder)) == "in", "\(folder) \(name)") }
        }
    }

    @Test func `names that lead out of a folder are refused, also those that begin like it`() throws {
        try make()
        defer { try? manager.removeItem(atPath: base) }
        try link("in/link", to: "../out/x")
        try link("in/whole", to: "\(base)/out/x")
        try link("in/d/up", to: "../../out")
        try manager.createDirectory(atPath: "\(base)/inner", withIntermediateDirectories: true)
        try Data("out".utf8).write(to: URL(filePath: "\(base)/inner/x"))
        for name in [
            "../out/x", "link", "whole", "d/up/x", "\(base)/out/x", "\(base)/inner/x", "d/../../out/x", "/dev/null",
        ] {
            let error = #expect(throws: ColonnadeError.self, "\(name)") { try text(buffer(name)) }
            #expect(error?.message.contains("outside of the folder") == true, "\(name)")
        }
        for (name, words) in [
            ("d", "it is a folder"), ("d/", "it is a folder"), ("d/x/y", "no such file"), ("y", "no such file"),
        ] {
            let error = #expect(throws: ColonnadeError.self, "\(name)") { try text(buffer(name)) }
            #expect(error?.message.contains(words) == true, "\(name)")
        }
        let long = String(repeating: "a", count: 300)
        #expect(throws: ColonnadeError.self) { try text(buffer(long)) }
    }

    @Test func `a folder or link that is exchanged before any call leads to no file outside`() throws {
        for call in 0..<8 {
            for name in ["d/x", "link", "d/../d/x"] {
                try make()
                defer { try? manager.removeItem(atPath: base) }
                try link("in/link", to: "d/x")
                let base = base
                let exchange = FaultInjection(before: call) {
                    let manager = FileManager.default
                    try? manager.moveItem(atPath: "\(base)/in/d", toPath: "\(base)/in/moved")
                    try? manager.createSymbolicLink(atPath: "\(base)/in/d", withDestinationPath: "\(base)/out")
                    try? manager.removeItem(atPath: "\(base)/in/link")
                    try? manager.createSymbolicLink(atPath: "\(base)/in/link", withDestinationPath: "\(base)/out/x")
                }
                let files = try buffer(name)
                let read = try? FaultInjection.$current.withValue(exchange) { try text(files) }
                #expect(read == "in" || read == nil, "\(name), call \(call)")
                if call > 0 { #expect(exchange.calls > 0) }
            }
        }
    }
}
