// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeMedia
import Foundation
import Testing

/// Pictures that are added to a data set, or joined with others, have their channels at the same place.
@Suite struct PictureLayoutTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)").path

    /// Returns a colour and a gray picture of 32 × 32 pixels.
    private func decoded() throws -> Buffer {
        let schema = try Schema([Field("image", kind: .bytes)])
        return try Buffer(
            ["pngsuite/basn2c08.png", "pngsuite/basn0g08.png"].map {
                Sample(schema: schema, tensors: [Tensor(try ImageFixture.bytes($0))])
            }
        ).decodedImage("image")
    }

    /// Returns the error of appending to a data set.
    private func failure(
        _ path: String, _ append: (inout RowWriter) throws(ColonnadeError) -> Void
    ) throws -> ColonnadeError? {
        var writer = try RowWriter(appendingTo: path)
        do throws(ColonnadeError) { try append(&writer) } catch { return error }
        return nil
    }

    @Test func `pictures with their channels elsewhere are neither appended nor joined`() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let last = try decoded()
        let first = try last.laidOut("image", .channelsFirst)
        for (number, (own, other)) in [(last, first), (first, last)].enumerated() {
            let wrong = try other[0]
            // Nothing but its shape tells where the channels of this sample are.
            let array = Sample(schema: try Schema([Field("image", .uint8, [nil, nil, nil])]), tensors: wrong.tensors)
            let bytes = wrong.tensors[0].rawBytes
            let column = ColumnChunk(values: bytes, ends: [bytes.count], dimensions: wrong.tensors[0].shape)
            for name in ["\(number)", "many-\(number)/"] {
                let path = "\(folder)/\(name)"
                var writer = try RowWriter(creating: path, schema: own.schema)
                for row in 0..<2 { try writer.append(try own[row]) }
                try writer.finish()
                let failures = [
                    try failure(path) { (writer) throws(ColonnadeError) in try writer.append(wrong) },
                    try failure(path) { (writer) throws(ColonnadeError) in try writer.append(array) },
                    try failure(path) { (writer) throws(ColonnadeError) in
                        try writer.append(RecordChunk(rowCount: 1, columns: [column]))
                    },
                ]
                for error in failures {
                    #expect(error?.code == .invalidArgument)
                    let message = error?.message ?? ""
                    #expect(
                        message.contains("(height, width, channels)") && message.contains("(channels, height, width)"))
                    #expect(message.contains("laidOut"))
                }
                #expect(try Buffer(at: path).count == 2)
                #expect(try failure(path) { (writer) throws(ColonnadeError) in try writer.append(try own[1]) } == nil)
            }
            let error = #expect(throws: ColonnadeError.self) { try own.appending(other) }
            #expect(error?.message.contains("move the channels of one of them before") == true)
            #expect(try own.appending(own).count == 4)
        }
    }
}
