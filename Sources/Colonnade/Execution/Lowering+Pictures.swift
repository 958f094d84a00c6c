// SPDX-License-Identifier: Apache-2.0

/// The pass that decodes each picture once.
extension Lowering {
    /// Returns the steps with those of one encoded picture replaced by one step, which decodes the pixels that any of them needs.
    static func sharingPictures(_ steps: [Program.Step], _ program: Program) -> [Program.Step] {
        guard steps.contains(where: { $0.transform is DecodePictures }) else { return steps }
        return joiningDecoders(fusingReaders(steps, program))
    }

    /// Fuses steps that decode pictures with all readers of the pixels, if these are changes of pictures.
    private static func fusingReaders(_ steps: [Program.Step], _ program: Program) -> [Program.Step] {
        var steps = steps
        let shown = Set(program.outputs)
        for step in steps {
            guard let decode = step.transform as? DecodePictures, step.outputs.count == 1,
                !shown.contains(step.outputs[0])
            else { continue }
            let readers = steps.filter { $0.inputs.contains(step.outputs[0]) }
            guard readers.count > 1,
                readers.allSatisfy({ $0.inputs == step.outputs && areOnSameValues(step, $0, program) }),
                let all = decode.fused(withEach: readers.map(\.transform))
            else { continue }
            let fused = Program.Step(
                transform: all, inputs: step.inputs, outputs: readers.flatMap(\.outputs), isOnBatch: false)
            steps = steps.compactMap { other in
                if other.outputs == step.outputs { return fused }
                return other.inputs == step.outputs ? nil : other
            }
        }
        return steps
    }

    /// Joins steps that decode the same pictures, at the place of the first one.
    private static func joiningDecoders(_ steps: [Program.Step]) -> [Program.Step] {
        var result: [Program.Step] = []
        for step in steps {
            if let decode = step.transform as? DecodePictures,
                let index = result.firstIndex(where: {
                    $0.inputs == step.inputs && ($0.transform as? DecodePictures)?.joined(with: decode) != nil
                }),
                let both = (result[index].transform as? DecodePictures)?.joined(with: decode)
            {
                result[index] = Program.Step(
                    transform: both, inputs: step.inputs, outputs: result[index].outputs + step.outputs,
                    isOnBatch: false)
            } else {
                result.append(step)
            }
        }
        return result
    }
}
