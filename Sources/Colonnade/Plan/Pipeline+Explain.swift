// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

extension Pipeline {
    /// - Parameter isFrozen: whether a selection comes after it, so that its orders are those of epoch 0.
    func explained(indent: String = "", isFrozen: Bool = false) -> [String] {
        var lines: [String] = []
        switch feed {
        case .rows(let source, let order):
            lines.append(source.label)
            lines += source.promises.map { "  \($0)" }
            let told = source.parts.filter { !$0.isPlain }
            for part in told.prefix(Pipeline.mostTold) {
                lines += part.explained(indent: "    ", isFrozen: isFrozen || source.isFrozen)
            }
            if told.count > Pipeline.mostTold { lines.append("    … and \(told.count - Pipeline.mostTold) more") }
            lines += explained(order, isFrozen)
        case .stage(let stage):
            for upstream in stage.upstreams {
                lines += upstream.pipeline.explained(isFrozen: isFrozen || stage.isSelection)
                if let prefetching = upstream.prefetching {
                    lines.append("  \(prefetching.threads) threads make up to \(prefetching.depth) of these ahead")
                }
            }
            var line = "→ \(stage.explanation)"
            if stage.seed != nil { line += ": \(isFrozen ? Pipeline.always : Pipeline.eachEpoch)" }
            if stage.runsUserCode { line += ", which calls your code for each sample in turn" }
            lines.append(line)
        }
        let lowering = Lowering(program)
        lines += lowering.loads.map { "  \(explain($0))" }
        lines += lowering.steps.filter { !$0.isOnBatch }.map { step in
            let place = step.stacked != nil && batches != nil ? "on whole batches" : "on each row"
            return "  \(step.transform.label): \(place)\(step.transform.runsUserCode ? ", your code" : "")"
        }
        if let batches {
            let size = batches.uniformSize.map { "of \($0)" } ?? "of listed sizes"
            lines.append("  batches \(size)\(batches.isDroppingLast ? ", a shorter last one left out" : "")")
            lines += explained(batchOrder, isFrozen).map { "\($0), batches" }
        }
        lines += lowering.steps.filter(\.isOnBatch).map { step in
            "  \(step.transform.label): on each batch\(step.transform.runsUserCode ? ", your code" : "")"
        }
        if case .rows(let source, _) = feed {
            let unread = source.schema.indices.filter { column in !lowering.loads.contains { $0.column == column } }
            if !unread.isEmpty {
                lines.append("  not read: \(unread.map { source.schema[$0].name }.joined(separator: ", "))")
            }
            lines.append("  copied for each row: \(copied(lowering, of: source.schema))")
        }
        return lines.map { indent + $0 }
    }

    private static let mostTold = 20
    fileprivate static let eachEpoch = "another order each epoch"
    fileprivate static let always = "the order of epoch 0 in all epochs, since a selection comes after it"

    /// Whether it is the rows of a source as they are.
    private var isPlain: Bool {
        guard case .rows(let source, let order) = feed else { return false }
        return order.maps.isEmpty && batches == nil && program.steps.isEmpty && source.parts.allSatisfy(\.isPlain)
    }

    private func explained(_ order: RowOrder, _ isFrozen: Bool) -> [String] {
        zip(order.maps, order.counts).map { "  \($0.explained(of: $1, isFrozen))" }
    }

    private func explain(_ load: Lowering.Load) -> String {
        let schema: Schema
        switch feed {
        case .rows(let source, _): schema = source.schema
        case .stage(let stage): schema = stage.schema
        }
        let field = schema[load.column]
        var words = "\(field.name) \(field.typeDescription): "
        words +=
            load.asRows || batches == nil
            ? "each row by itself, seen where it lies if it can be" : "gathered into the batch"
        if let conversion = load.conversion {
            words += ", \(conversion.explanation) on the way"
        }
        return words
    }

    /// What is written for each row when batches are made.
    private func copied(_ lowering: Lowering, of schema: Schema) -> String {
        guard batches != nil else { return "nothing that can be seen where it lies" }
        var (bytes, hasRagged) = (0, false)
        for load in lowering.loads {
            let field = schema[load.column]
            let size = load.conversion?.target.size ?? field.dtype.size
            if field.isRagged { hasRagged = true } else { bytes += field.fixedElementCount * size }
        }
        if case .rows(_, let order) = feed, order.isSequential, !hasRagged,
            lowering.loads.allSatisfy({ $0.conversion == nil })
        {
            return "nothing where a column lies alone, else \(bytes) bytes"
        }
        return "\(bytes) bytes\(hasRagged ? ", and ragged rows as long as they are" : "")"
    }
}

extension IndexMap {
    /// - Parameter count: positions before it.
    fileprivate func explained(of count: Int, _ isFrozen: Bool) -> String {
        let way = count <= IndexPermutation.tableLimit ? "by a table of positions" : "computed position by position"
        return switch self {
        case .shuffled(let seed):
            "shuffled, seed \(seed): \(way), \(isFrozen ? Pipeline.always : Pipeline.eachEpoch)"
        case .frozen(let seed): "shuffled, seed \(seed): \(way), \(Pipeline.always)"
        case .strided(let first, let step): "every \(step)th from \(first) on"
        case .range(let range): "positions \(range.lowerBound) to \(range.upperBound)"
        case .table(let table): "\(table.count) positions by a table"
        case .sharded(let plan): plan.explanation
        }
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
