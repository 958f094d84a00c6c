// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The samples of several buffers, one buffer after the other. Appended buffers among them are replaced by their parts,
/// so that chains do not become deep. The identity and fingerprint stay those of the nested buffers.
struct AppendedRows: RowSource {
    let schema: Schema
    let count: Int
    let identity: UInt64
    let orders: UInt64
    let varies: Bool
    let depth: Int
    let nodeCount: Int
    private let list: PartList
    private let partCount: Int
    private let joined = LazyJoin<StoredParts>()

    /// Appends buffers. Throws `invalidArgument` if their keys, data types or ranks differ, if class names differ and
    /// `rule` does not allow it, for an empty list, and for too many samples or buffers.
    init(_ plans: [RowPlan], _ rule: ClassNameRule = .same) throws(ColonnadeError) {
        guard !plans.isEmpty else {
            throw ColonnadeError(.invalidArgument, "there are no buffers to put together: give at least one")
        }
        let join = try SchemaJoin(plans.map(\.schema), rule) { plans[$0].label }
        schema = join.schema
        var (identity, orders, varies, depth, samples) = (UInt64(0), UInt64(0), false, 1, 0)
        var list: (parts: PartList, count: Int)?
        for (index, plan) in plans.enumerated() {
            let aligned = try join.aligned(plan, index)
            try aligned.checkNodeCount()
            let (sum, overflow) = samples.addingReportingOverflow(aligned.count)
            guard !overflow else {
                throw ColonnadeError(.invalidArgument, "together the buffers have more than 2^63 samples")
            }
            samples = sum
            let (own, ownOrders) = (aligned.identity, aligned.fingerprint(isOutside: false))
            // A chain of buffers, each appended to those before it, has the same identity.
            identity = index == 0 ? own : Fingerprint.mix(Fingerprint.mix(1, identity), own)
            orders = index == 0 ? ownOrders : Fingerprint.mix(Fingerprint.mix(1, orders), ownOrders)
            if let appended = aligned.appendedRows {
                (varies, depth) = (varies || appended.varies, max(depth, appended.depth))
                list =
                    list.map { ($0.parts.adding(appended.inputs, after: $0.count), $0.count + appended.partCount) }
                    ?? (appended.list, appended.partCount)
            } else {
                try aligned.checkDepth()
                (varies, depth) = (varies || aligned.varies, max(depth, aligned.depth + 1))
                list =
                    list.map { ($0.parts.adding([aligned], after: $0.count), $0.count + 1) }
                    ?? (PartList([aligned]), 1)
            }
        }
        guard let list else { preconditionFailure("there is a buffer") }
        (self.list, partCount) = (list.parts, list.count)
        (self.identity, self.orders, self.varies, self.depth) = (identity, orders, varies, depth)
        nodeCount = plans.reduce(1) { $0.saturatingSum($1.nodeCount) }
        count = samples
    }

    var inputs: [RowPlan] {
        let all = list.contents.parts
        return all.count == partCount ? all : Array(all[..<partCount])
    }

    var promises: [String] { Set(inputs.flatMap(\.promises)).sorted() }

    var label: String {
        let all = list.contents.parts
        let shown = partCount > 4 ? 3 : partCount
        let labels = all[..<shown].map(\.label) + (partCount > shown ? ["\(partCount - shown) more"] : [])
        return labels.joined(separator: " + ")
    }

    func hasEntryPoints(ofColumn index: Int) -> Bool { inputs.allSatisfy { $0.hasEntryPoints(ofOutput: index) } }

    func bound(_ pass: PassContext) -> any BoundRows {
        let contents = list.contents
        let stored = joined.value { StoredParts(inputs) }
        return BoundParts(
            contents.parts, contents.starts, count: partCount, schema, stored,
            isLargerThanMemory: stored?.datasets.isLargerThanMemory ?? filesExceedMemory, pass.untimed
        )
    }
}

extension RowPlan {
    /// The parts of a plan that only appends buffers; nil for other plans.
    fileprivate var appendedRows: AppendedRows? {
        hasOrderOfSource && program.isEmpty ? source as? AppendedRows : nil
    }
}

/// The parts of appended buffers. A chain of buffers, each of which appends to the previous one, shares one list, and
/// each buffer uses the first parts of it.
private final class PartList: Sendable {
    struct Contents {
        var parts: [RowPlan] = []
        /// The first index of each part, and the end of the last one.
        var starts = [0]
    }

    private let state: Monitor<Contents>

    init(_ parts: [RowPlan]) {
        var contents = Contents()
        contents.add(parts)
        state = Monitor(contents)
    }

    private init(_ contents: Contents) { state = Monitor(contents) }

    var contents: Contents { state.withLock { $0 } }

    /// Returns a list with further parts after the first `count` parts: this list, or a copy if this list has other
    /// parts there already. Amortised O(parts).
    func adding(_ parts: [RowPlan], after count: Int) -> PartList {
        let copy: Contents? = state.withLock { contents in
            guard contents.parts.count == count else { return contents }
            contents.add(parts)
            return nil
        }
        guard var copy else { return self }
        copy.parts.removeSubrange(count...)
        copy.starts.removeSubrange((count + 1)...)
        copy.add(parts)
        return PartList(copy)
    }
}

extension PartList.Contents {
    fileprivate mutating func add(_ more: [RowPlan]) {
        for part in more {
            parts.append(part)
            starts.append(starts[starts.count - 1] + part.count)
        }
    }
}
