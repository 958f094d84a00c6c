// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import Colonnade
internal import ColonnadeCore

/// A source of samples that the caller's program makes.
@safe
struct ForeignSource: SampleSource, @unchecked Sendable {
    let schema: Schema
    let label: String
    private let functions: colonnade_source
    private let owner: ForeignOwner

    init(_ functions: colonnade_source, _ owner: ForeignOwner, _ schema: Schema, label: String) {
        unsafe self.functions = functions
        self.owner = owner
        self.schema = schema
        self.label = label
    }

    /// The context that the other language gave with the source.
    var context: UnsafeMutableRawPointer? { unsafe owner.context }

    func makeReader(epoch: Int) throws -> any SampleReader {
        let pass = unsafe try Failure.calling { error in unsafe functions.begin(owner.context, Int64(epoch), error) }
        return unsafe Reader(self, ForeignOwner(pass, functions.end))
    }

    private final class Reader: SampleReader {
        private let source: ForeignSource
        private let pass: ForeignOwner

        init(_ source: ForeignSource, _ pass: ForeignOwner) {
            self.source = source
            self.pass = pass
        }

        func next() throws -> Sample? {
            let values = RowValues(inputs: [], source.schema.fields, count: 1)
            let count = unsafe try Failure.calling { error -> Int32? in
                let code = unsafe source.functions.next(pass.context, Handle.lend(values), error)
                return code < 0 ? nil : code
            }
            guard count > 0 else { return nil }
            return Sample(schema: source.schema, tensors: try values.finished(source.label).map { $0[0] })
        }
    }
}
