// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

extension PlanStep {
    /// Makes the pipeline of the plan again in this process: with the same functions, samples and open files.
    func pipeline() throws(ColonnadeError) -> PipelineHandle {
        var made: [ObjectIdentifier: PipelineHandle] = [:]
        for step in steps() {
            let given = step.before.flatMap { made[ObjectIdentifier($0)] }
            made[ObjectIdentifier(step)] = try step.apply(to: given, step.others.map { made[ObjectIdentifier($0)]! })
        }
        return made[ObjectIdentifier(self)]!
    }

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
