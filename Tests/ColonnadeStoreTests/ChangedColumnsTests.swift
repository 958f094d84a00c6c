// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

/// Tests writers that began before others changed a data set: no value gets into a column or row for which it is not meant.
@Suite struct ChangedColumnsTests {
    private let folder: TemporaryFolder
    private let schema: Schema
    private var path: String { folder.file("train.colonnade") }

    init() throws {
        folder = try TemporaryFolder()
        schema = try Schema([Field("x", .uint8), Field("y", .uint8)])
    }

    private func rows(_ columns: [[UInt8]], _ schema: Schema) -> RecordChunk {
        chunk(of: columns.map { column in column.map { StoredValue(bytes: [$0]) } }, schema)
    }

    /// Makes a data set whose column x has 1 and 2, and whose column y has 11 and 12.
    private func create(at path: String? = nil) throws {
        let path = path ?? self.path
        try? FileManager.default.removeItem(atPath: path)
        var writer = try FolderWriter(creating: path, schema: schema)
        try writer.append(rows([[1, 2], [11, 12]], schema))
        try writer.finish()
    }

    /// Appends a row with the value 3 in all columns.
    private func appendRow() throws {
        var writer = try FolderWriter(appendingTo: path)
        try writer.append(rows(writer.schema.map { _ in [3] }, writer.schema))
        try writer.finish()
    }

    private func change(_ name: String, _ values: [UInt8], replacing: Bool = false) throws {
        var writer = try ColumnWriter(addingTo: path, try Schema([Field(name, .uint8)]), isReplacing: replacing)
        try writer.append(rows([values], writer.schema))
        try writer.finish()
    }

    private func exchangeNames() throws { try DatasetVersion.renameColumns([("x", "y"), ("y", "x")], at: path) }

    /// Makes x another column.
    private func makeOtherX() throws {
        try DatasetVersion.renameColumns([("x", "old")], at: path)
        try change("x", [5, 6])
    }

    /// Puts another data set in the place of this one. Files that are being written stay.
    private func putOtherDataSet() throws {
        let other = folder.file("other")
        try create(at: other)
        try FileManager.default.removeItem(atPath: "\(path)/versions")
        try FileManager.default.moveItem(atPath: "\(other)/versions", toPath: "\(path)/versions")
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(other)/data") {
            try FileManager.default.moveItem(atPath: "\(other)/data/\(name)", toPath: "\(path)/data/\(name)")
        }
    }

    private func contents() throws -> [String: [UInt8]] {
        let dataset = try StoredDataset.open(path)
        var result: [String: [UInt8]] = [:]
        for (name, column) in zip(dataset.schema.names, try columns(of: dataset)) {
            result[name] = column.map { $0.bytes[0] }
        }
        return result
    }

    /// Expects an error about the change with an index, and that the data set has the contents from before.
    private func expectRefusal(_ error: ColonnadeError?, _ index: Int, leaving expected: [String: [UInt8]]) throws {
        #expect(error?.code == .invalidArgument, "\(index): \(String(describing: error))")
        #expect(error?.message.contains("meanwhile") == true && error?.place?.description == path, "\(index)")
        #expect(try contents() == expected, "\(index)")
    }

    @Test func `rows are not appended to other columns than those for which they were written`() throws {
        let changes: [() throws -> Void] = [
            { try exchangeNames() }, { try change("x", [5, 6], replacing: true) },
            {
                try makeOtherX()
                try DatasetVersion.dropColumns(["old"], at: path)
            },
            { try putOtherDataSet() },
        ]
        for (index, change) in changes.enumerated() {
            try create()
            var writer = try FolderWriter(appendingTo: path)
            try writer.append(rows([[3], [13]], schema))
            try change()
            let expected = try contents()
            var error: ColonnadeError?
            do { try writer.finish() } catch let thrown { error = thrown }
            try expectRefusal(error, index, leaving: expected)
        }
    }

    @Test func `a column that was renamed meanwhile is not replaced by its old name`() throws {
        let changes: [() throws -> Void] = [
            { try DatasetVersion.renameColumns([("x", "z")], at: path) }, { try exchangeNames() }, { try makeOtherX() },
            { try putOtherDataSet() },
        ]
        for (index, change) in changes.enumerated() {
            try create()
            var writer = try ColumnWriter(addingTo: path, try Schema([Field("x", .uint8)]), isReplacing: true)
            try writer.append(rows([[7, 8]], writer.schema))
            try change()
            let expected = try contents()
            var error: ColonnadeError?
            do { try writer.finish() } catch let thrown { error = thrown }
            try expectRefusal(error, index, leaving: expected)
        }
        // Values that were made of a column belong to it, whatever its name is now.
        try create()
        var writer = try ColumnWriter(addingTo: path, try Schema([Field("w", .uint8)]), inputs: ["x"])
        try writer.append(rows([[7, 8]], writer.schema))
        try exchangeNames()
        try writer.finish()
        #expect(try contents() == ["y": [1, 2], "x": [11, 12], "w": [7, 8]])
    }

    @Test func `new values of the same type keep the meaning of a column`() throws {
        let seconds = Field.Meaning.time(try #require(TimeType(parsing: "duration[s]")))
        let fields = [
            Field("kind", .int8, meaning: .classLabels(["cat", "dog"])), Field("t", .int64, meaning: seconds),
            Field("image", kind: .bytes, meaning: .media("image/png")),
        ]
        let schema = try Schema(fields)
        var whole = try FolderWriter(creating: path, schema: schema)
        let values: [Tensor] = [Tensor(scalar: 0 as Int8), Tensor(scalar: 7 as Int64), Tensor(utf8: "not read")]
        try whole.append(Sample(schema: schema, tensors: values))
        try whole.finish()
        let plain = try Schema([Field("kind", .int8), Field("t", .int64)])
        func replace(_ kind: Int8) throws {
            var writer = try ColumnWriter(addingTo: path, plain, isReplacing: true)
            #expect(writer.schema.map(\.meaning) == [.classLabels(["cat", "dog"]), seconds])
            try writer.append(Sample(schema: plain, tensors: [Tensor(scalar: kind), Tensor(scalar: 9 as Int64)]))
            try writer.finish()
        }
        try replace(1)
        #expect(try DatasetVersion(path: path).schema == schema)
        #expect(throws: ColonnadeError.self) { try replace(2) }
        // Class names that another writer corrects meanwhile are not undone.
        var late = try ColumnWriter(addingTo: path, try Schema([Field("kind", .int8)]), isReplacing: true)
        try late.append(Sample(schema: late.schema, tensors: [Tensor(scalar: 1 as Int8)]))
        _ = try DatasetVersion.setClassLabels(["cat", "wolf"], ofColumn: "kind", at: path)
        var refusal: ColonnadeError?
        do { try late.finish() } catch let thrown { refusal = thrown }
        #expect(refusal?.message.contains("class names") == true)
        #expect(try DatasetVersion(path: path).schema[0].meaning == .classLabels(["cat", "wolf"]))
        let hot = try ColumnWriter(addingTo: path, try Schema([Field("kind", .int8, [2])]), isReplacing: true)
        #expect(hot.schema[0].meaning == nil)
        // Another type has no meaning, and files need the own one.
        var wide = try ColumnWriter(addingTo: path, try Schema([Field("kind", .int32)]), isReplacing: true)
        try wide.append(Sample(schema: wide.schema, tensors: [Tensor(scalar: 5 as Int32)]))
        try wide.finish()
        #expect(try DatasetVersion(path: path).schema[0] == Field("kind", .int32))
        let files = try Schema([Field("image", kind: .bytes)])
        let error = #expect(throws: ColonnadeError.self) {
            _ = try ColumnWriter(addingTo: path, files, isReplacing: true)
        }
        #expect(error?.message.contains("image/png") == true)
    }

    @Test func `further rows are not read from an input that is another column now`() throws {
        for isReplacing in [false, true] {
            for change in [nil, makeOtherX, exchangeNames, putOtherDataSet] as [(() throws -> Void)?] {
                try create()
                let new = try Schema([Field(isReplacing ? "x" : "w", .uint8)])
                var writer = try ColumnWriter(
                    addingTo: path, new, inputs: isReplacing ? [] : ["x"], isReplacing: isReplacing)
                try writer.append(rows([[7, 8]], new))
                try change?()
                try appendRow()
                var code: ColonnadeError.Code?
                do {
                    #expect(try writer.missingRowCount() == 1 && writer.version == 2)
                } catch let thrown { code = thrown.code }
                #expect(code == (change == nil ? nil : .invalidArgument))
            }
        }
    }

    @Test func `a file that is put in the place of a converted one stays`() throws {
        func add() throws {
            try? FileManager.default.removeItem(atPath: path)
            try write(columns(of: rows([[1, 2], [11, 12]], schema), schema), schema, to: path)
            try change("w", [7, 8])
        }
        let calls = FaultInjection(failing: .max, with: 5)
        try FaultInjection.$current.withValue(calls) { try add() }
        #expect(try contents()["w"] == [7, 8])
        let other = folder.file("other")
        try write(columns(of: rows([[9], [9]], schema), schema), schema, to: other)
        let content = try bytes(ofFile: other)
        var lost = 0
        // The last calls publish the data set.
        for call in calls.calls - 14..<calls.calls {
            let (path, new) = (path, folder.file("new"))
            try FileManager.default.copyItem(atPath: other, toPath: new)
            let faults = FaultInjection(before: call) { try? Syscalls.rename(new, to: path) }
            var error: ColonnadeError?
            FaultInjection.$current.withValue(faults) {
                do { try add() } catch let thrown { error = thrown as? ColonnadeError }
            }
            if FileManager.default.fileExists(atPath: new) {
                // A folder was there already.
                #expect(try error == nil && contents()["w"] == [7, 8], "call \(call): \(String(describing: error))")
                try FileManager.default.removeItem(atPath: new)
            } else {
                lost += 1
                #expect(error?.code == .system, "call \(call)")
                #expect(try bytes(ofFile: path) == content, "call \(call)")
            }
            #expect(try folder.names == ["other", "train.colonnade"], "call \(call)")
        }
        #expect(lost >= 2)
    }

    @Test func `verify counts each file once, however its layout is numbered`() throws {
        try create()
        try appendRow()
        try change("w", [7, 8, 9])
        try DatasetVersion.dropColumns(["x", "y"], at: path)
        let report = try FolderVerifier.verify(path: path)
        let sizes = try FileManager.default.contentsOfDirectory(atPath: "\(path)/data").map {
            try bytes(ofFile: "\(path)/data/\($0)").count
        }
        #expect(report.problems.isEmpty && report.fileCount == 4 && sizes.count == 4)
        #expect(report.byteCount == sizes.reduce(0, +))
        #expect(try contents() == ["w": [7, 8, 9]])
    }
}
