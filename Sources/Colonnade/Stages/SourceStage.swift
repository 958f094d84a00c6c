// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The first stage of a stream: the samples of a source. A resumed pass reads the samples before its position again.
struct SourceStage: Stage {
    let source: any SampleSource

    var schema: Schema { source.schema }
    var count: Int? { nil }
    var upstreams: [Upstream] { [] }
    var name: String { "source" }
    var label: String { source.label }
    var runsUserCode: Bool { true }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(try UserCode.call(label, nil) { try source.makeReader(epoch: pass.epoch) }, source, pass.epoch)
    }

    private final class Cursor: StageCursor {
        private let reader: any SampleReader
        private let source: any SampleSource
        private let epoch: Int
        /// The number of samples and errors so far.
        private var index = 0

        init(_ reader: any SampleReader, _ source: any SampleSource, _ epoch: Int) {
            self.reader = reader
            self.source = source
            self.epoch = epoch
        }

        func next() throws(ColonnadeError) -> Recipe? {
            let row = index
            // A sample that throws counts too, so that a pass that resumes after the error does not get it again.
            index += 1
            guard let sample = try UserCode.call(source.label, row, { try reader.next() }) else {
                index = row
                return nil
            }
            try source.schema.check(sample, from: source.label, row: row)
            return .ready(sample, row: row, epoch: epoch)
        }

        var state: CursorState { CursorState(numbers: [index]) }

        func restore(_ state: CursorState) throws(ColonnadeError) {
            try state.check(numbers: 1, upstreams: 0)
            index = state.numbers[0]
            try UserCode.call(source.label, nil) { try reader.skip(index) }
        }
    }
}
