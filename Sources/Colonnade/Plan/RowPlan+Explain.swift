// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The description of a row plan for people.
extension RowPlan {
    private static let mostExplainedParts = 20

    func explained(indent: String, isFrozen: Bool, requestsRows: Bool) -> [String] {
        var lines = [source.label] + promises.map { "  \($0)" }
        let parts = source.inputs.filter { !$0.isPlain }
        for part in parts.prefix(RowPlan.mostExplainedParts) {
            lines += part.explained(indent: "    ", isFrozen: isFrozen || source.isFrozen, requestsRows: false)
        }
        if parts.count > RowPlan.mostExplainedParts {
            lines.append("    … and \(parts.count - RowPlan.mostExplainedParts) more")
        }
        let whole = requestsRows ? wholeBlocks : nil
        let hasConsecutiveRows = source.inputs.allSatisfy(\.hasConsecutiveRows)
        let batchSharing = batchOrder.sharing(isFixed: !varies)
        lines += order.explained(
            isFrozen, whole: whole.flatMap { $0.isOfBatches ? nil : $0.order.map },
            hasConsecutiveRows: hasConsecutiveRows,
            batchSize: batches?.uniformSize, order.sharing(isFixed: !varies), batchSharing)
        let lowering = Lowering(program)
        lines += lowering.explained(
            source.schema, batches,
            batchOrder: batchOrder.explained(
                isFrozen, whole: whole.flatMap { $0.isOfBatches ? $0.order.map : nil },
                hasConsecutiveRows: hasConsecutiveRows, batchSharing),
            hasEntryPoints: source.hasEntryPoints)
        let unread = source.schema.indices.filter { column in !lowering.loads.contains { $0.column == column } }
        if !unread.isEmpty {
            lines.append("  not read: \(unread.map { source.schema[$0].name }.joined(separator: ", "))")
        }
        let copies = lowering.explainedCopies(source.schema, isInOrder: order.isSequential)
        lines.append("  copied for each row: \(copies)")
        return lines.map { indent + $0 }
    }

    /// Whether the plan has all rows of a source, unchanged and in their order.
    private var isPlain: Bool { hasOrderOfSource && program.steps.isEmpty && source.inputs.allSatisfy(\.isPlain) }
}
