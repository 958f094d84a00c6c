// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A value that has a plan: a buffer or a stream.
protocol Planned: Pipelined {
    associatedtype Described: Plan

    var plan: Described { get }

    /// Returns a copy with another plan and unchanged settings.
    func with(_ plan: Described) -> Self
}

/// Access to the plan, which is internal, from the operations that users call.
extension Pipelined {
    private var planned: any Planned {
        guard let planned = self as? any Planned else {
            preconditionFailure("\(Self.self) is Pipelined, and only Buffer and Stream can be")
        }
        return planned
    }

    func changing(_ change: ValueChange) throws(ColonnadeError) -> Self { try planned.changed(change) }

    func adding(_ transform: any Transform) throws(ColonnadeError) -> Self { try changing(.adding(transform)) }

    func batched(_ batches: BatchPlan) throws(ColonnadeError) -> Self { try planned.batchedPlan(batches) }

    /// The plan as one of rows; nil where a stage supplies the samples.
    var rowPlan: RowPlan? { planned.plan.rows }
}

extension Planned {
    /// Returns a copy with a change of values. `Same` is always `Self`, which a caller that has `any Planned` cannot
    /// name.
    fileprivate func changed<Same>(_ change: ValueChange) throws(ColonnadeError) -> Same {
        same(with(try plan.changing(change)))
    }

    fileprivate func batchedPlan<Same>(_ batches: BatchPlan) throws(ColonnadeError) -> Same {
        same(with(try plan.batched(batches)))
    }

    private func same<Same>(_ value: Self) -> Same {
        guard let same = value as? Same else { preconditionFailure("a step changed the type of its value") }
        return same
    }
}
