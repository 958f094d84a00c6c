// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

extension PlanStep {
    /// Makes the pipeline of the plan again in this process: with the same functions, samples and open files.
    func pipeline() throws(ColonnadeError) -> PipelineHandle {
        let steps = steps()
        var lastUses: [ObjectIdentifier: ObjectIdentifier] = [:]
        for step in steps { for need in step.needs { lastUses[ObjectIdentifier(need)] = ObjectIdentifier(step) } }
        var made: [ObjectIdentifier: PipelineHandle] = [:]
        for step in steps {
            let given = step.before.flatMap { made[ObjectIdentifier($0)] }
            made[ObjectIdentifier(step)] = try step.apply(to: given, step.others.map { made[ObjectIdentifier($0)]! })
            // A long chain needs only its last pipeline.
            for need in step.needs where lastUses[ObjectIdentifier(need)] == ObjectIdentifier(step) {
                made[ObjectIdentifier(need)] = nil
            }
        }
        return made[ObjectIdentifier(self)]!
    }

    /// The steps whose pipelines this one needs.
    private var needs: [PlanStep] { (before.map { [$0] } ?? []) + others }

    /// Applies the operation to another pipeline; of a source, returns its pipeline.
    func apply(to given: PipelineHandle?, _ others: [PipelineHandle]) throws(ColonnadeError) -> PipelineHandle {
        switch call {
        case .source(let source): return PipelineHandle(source)
        case .operation(let row, var values):
            let parameters = OperationTable.rows[row].parameters
            if let parameter = parameters.first(where: \.isOfPipelines) { values[parameter.name] = .pipelines(others) }
            return try OperationTable.apply(Arguments(name, values), to: given!)
        }
    }
}
