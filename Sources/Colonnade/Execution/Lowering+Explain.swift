// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The description of a lowering for people.
extension Lowering {
    /// Returns lines about the columns that are read, the steps, and the batches.
    ///
    /// - Parameters:
    ///   - schema: the fields of the source.
    ///   - batchOrder: lines about the order of the batches.
    ///   - hasEntryPoints: returns whether a column was written with entry points.
    func explained(
        _ schema: Schema, _ batches: BatchPlan?, batchOrder: [String] = [],
        hasEntryPoints: (Int) -> Bool = { _ in false }
    ) -> [String] {
        var lines = loads.map { "  \(explained($0, schema[$0.column]))" }
        for step in steps where !step.isOnBatch {
            let place = step.stacked != nil && batches != nil ? "on complete batches" : "on each row"
            let isEntered =
                step.transform.rowwise?.readsEntryPoints == true
                && unchangedColumn(inSlot: step.inputs[0]).map(hasEntryPoints) == true
            let details =
                (step.transform.detail.map { ", \($0)\(isEntered ? ", from entry points" : "")" } ?? "")
                + (step.transform.runsUserCode ? ", your code" : "")
            lines.append("  \(step.transform.label): \(place)\(details)")
        }
        if let batches {
            let size = batches.uniformSize.map { "of \($0)" } ?? "of listed sizes"
            lines.append("  batches \(size)\(batches.isDroppingLast ? ", a shorter last one left out" : "")")
            lines += batchOrder.map { "\($0), batches" }
        }
        for step in steps where step.isOnBatch {
            lines.append("  \(step.transform.label): on each batch\(step.transform.runsUserCode ? ", your code" : "")")
        }
        return lines
    }

    private func explained(_ load: Load, _ field: Field) -> String {
        var words = "\(field.name) \(field.typeDescription): "
        words +=
            load.asRows || !isBatched
            ? "each row by itself, seen where it lies if it can be" : "gathered into the batch"
        if let conversion = load.conversion { words += ", \(conversion.explanation) on the way" }
        return words
    }

    /// Returns the number of bytes that are copied for each row of a batch, in words.
    func explainedCopies(_ schema: Schema, isInOrder: Bool) -> String {
        guard isBatched else { return "nothing that can be seen where it lies" }
        var (bytes, hasRagged) = (0, false)
        for load in loads {
            let field = schema[load.column]
            let size = load.conversion?.target.size ?? field.dtype.size
            if field.isRagged { hasRagged = true } else { bytes += field.fixedElementCount * size }
        }
        if isInOrder, !hasRagged, loads.allSatisfy({ $0.conversion == nil }) {
            return "nothing where a column lies alone, else \(bytes) bytes"
        }
        return "\(bytes) bytes\(hasRagged ? ", and ragged rows as long as they are" : "")"
    }
}

extension Conversion {
    fileprivate var explanation: String {
        var words = source == target ? "" : "made \(target.name)"
        if !scales.isEmpty {
            let sum = offsets.isEmpty ? "" : " and offset"
            words +=
                (words.isEmpty ? "" : ", ")
                + (scales.count == 1 ? "× \(scales[0])\(sum)" : "scaled\(sum) by \(scales.count) channels")
        }
        return words
    }
}
