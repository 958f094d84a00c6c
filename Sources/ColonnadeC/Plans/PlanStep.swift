// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

/// A call that made a pipeline, and the calls before it: together, the plan of the pipeline.
///
/// Pipelines that were made from one another share the steps that they have in common.
final class PlanStep: @unchecked Sendable {
    enum Call: Sendable {
        case source(PlanSource)
        /// An operation by the index of its row in the table, with the arguments that were given, except for pipelines.
        case operation(row: Int, NameMap<Arguments.Value>)
    }

    let call: Call
    /// The step that made the pipeline that the operation was applied to; nil for a source. Only `deinit` changes it.
    private(set) var before: PlanStep?
    /// The last steps of the pipelines among the arguments. Only `deinit` changes them.
    private(set) var others: [PlanStep] = []

    init(_ source: PlanSource) { call = .source(source) }

    /// A step that applies a row of the table of operations.
    init(row: Int, _ arguments: Arguments, after before: PlanStep) {
        var values: NameMap<Arguments.Value> = [:]
        for (name, value) in arguments.values {
            if case .pipelines(let pipelines) = value {
                others = pipelines.map(\.plan)
            } else {
                values[name] = value
            }
        }
        call = .operation(row: row, values)
        self.before = before
    }

    /// Releases the steps before this one one after another: a plan may be longer than the stack is deep.
    deinit {
        var rest = others
        if let before { rest.append(before) }
        (before, others) = (nil, [])
        while !rest.isEmpty {
            var step: PlanStep? = rest.removeLast()
            guard isKnownUniquelyReferenced(&step), let step else { continue }
            rest += step.others
            if let before = step.before { rest.append(before) }
            (step.before, step.others) = (nil, [])
        }
    }

    /// The name of the source or operation, as it stands in the text of a plan.
    var name: String {
        switch call {
        case .source(let source): source.origin.name
        case .operation(let row, _): OperationTable.rows[row].name
        }
    }

    /// Returns the steps of the plan that ends with this one. Each step comes after those that it needs.
    func steps() -> [PlanStep] {
        var steps: [PlanStep] = []
        var seen: Set<ObjectIdentifier> = []
        var stack: [(step: PlanStep, isReady: Bool)] = [(self, false)]
        while let (step, isReady) = stack.popLast() {
            if isReady {
                steps.append(step)
            } else if seen.insert(ObjectIdentifier(step)).inserted {
                stack.append((step, true))
                stack += step.others.reversed().map { ($0, false) }
                if let before = step.before { stack.append((before, false)) }
            }
        }
        return steps
    }

    /// Returns the last `count` steps, in their order, and the step before them.
    ///
    /// Throws `outOfRange` if there are not as many operations.
    func last(_ count: Int) throws(ColonnadeError) -> (before: PlanStep, steps: [PlanStep]) {
        var steps: [PlanStep] = []
        var step = self
        while steps.count < count {
            guard let before = step.before else {
                throw ColonnadeError(.outOfRange, "the pipeline has \(steps.count) operations, and not \(count)")
            }
            steps.append(step)
            step = before
        }
        return (step, steps.reversed())
    }

    /// Returns the number of steps after `earlier`; nil if it is not among the steps before this one.
    func count(since earlier: PlanStep) -> Int? {
        var count = 0
        var step = self
        while step !== earlier {
            guard let before = step.before else { return nil }
            step = before
            count += 1
        }
        return count
    }
}
