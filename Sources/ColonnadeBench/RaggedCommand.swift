// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Colonnade

/// Makes a ragged data set from two fixed ones, because `.npy` files have no ragged rows and text would take minutes.
struct RaggedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ragged", abstract: "Cuts one column of int32 into rows of different lengths.")

    @Option(help: "A Colonnade file with one column: the int32 values of all rows, one after another.")
    var values: String

    @Option(help: "A Colonnade file with one column: the int64 position in the values where each row ends.")
    var ends: String

    @Option(help: "The name of the column that is made.")
    var column: String

    @Option(help: "The Colonnade file to write.")
    var output: String

    func run() throws {
        let schema = try Schema([Field(column, .int32, [nil])])
        var writer = try DatasetWriter(creating: output, schema: schema)
        var endings = try Buffer(at: ends).batched(by: 4096).stream().makeIterator()
        var values = try Buffer(at: values).batched(by: 1 << 20).stream().makeIterator()
        var waiting: [Int32] = []
        var taken = 0
        var start = 0
        while let batch = try endings.next() {
            for end in try batch.tensors[0].elements(as: Int64.self) {
                let length = Int(end) - start
                while waiting.count - taken < length {
                    guard let more = try values.next() else {
                        throw ColonnadeError(.invalidArgument, "there are fewer values than the last row needs")
                    }
                    waiting = try Array(waiting[taken...]) + more.tensors[0].elements(as: Int32.self)
                    taken = 0
                }
                let row = Tensor(Array(waiting[taken..<taken + length]))
                try writer.append(Sample(schema: schema, tensors: [row]))
                taken += length
                start = Int(end)
            }
        }
        try writer.finish()
    }
}
