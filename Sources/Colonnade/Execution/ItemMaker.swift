// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The execution of a program on the samples of one item, as all executors do it.
final class ItemMaker: Sendable {
    let schema: Schema
    let lowering: Lowering
    let pass: PassContext

    init(_ program: Program, _ pass: PassContext) {
        schema = program.schema
        lowering = Lowering(program, unpadsTexts: pass.unpadsTexts)
        self.pass = pass
    }

    /// Makes a sample, or a batch where the program makes batches.
    ///
    /// Throws `corruptFile`, `userFunction`, `invalidArgument`, with the row and key.
    func item(_ samples: SampleSet) throws(ColonnadeError) -> Sample {
        var frame = Frame(self, samples)
        let tensors: [Tensor]
        do throws(ColonnadeError) {
            tensors = try lowering.isBatched ? frame.batch(lowering.outputs) : frame.sample(lowering.outputs)
        } catch {
            try samples.checkIntact()
            throw error
        }
        // Steps read views of files, which may have become zeros under them.
        try samples.checkIntact()
        return Sample(schema: schema, tensors: tensors)
    }
}
