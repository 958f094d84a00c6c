// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

extension Pipelined {
    /// The plan, for people: where samples come from, in which order, what is read and how many bytes of each row, which steps
    /// are part of the reading, which run on a whole batch and which on each row, and which call your code.
    ///
    ///     fashion.colonnade, 60000 rows
    ///       each block is checked against its checksum once; damage is an error before the first epoch ends
    ///       shuffled, seed 42: computed position by position, another order each epoch
    ///       image uint8[28, 28]: gathered into the batch, made float32, × 0.00392156862745098 on the way
    ///       batches of 32
    ///       not read: label
    ///       copied for each row: 3136 bytes
    public func explain() -> String { pipeline.explained().joined(separator: "\n") }
}

extension Stream {
    /// The plan, for people, with who makes the items ahead: see `Pipelined.explain`.
    public func explain() -> String {
        var lines = pipeline.explained()
        if let prefetching {
            lines.append("  \(prefetching.threads) threads make up to \(prefetching.depth) items ahead")
        } else {
            lines.append("  made by who asks, when asked: no prefetching")
        }
        return lines.joined(separator: "\n")
    }
}

extension Pipeline {
    func explained(indent: String = "") -> [String] {
        var lines: [String] = []
        switch feed {
        case .rows(let source, let order):
            lines.append(source.label)
            lines += source.promises.map { "  \($0)" }
            lines += order.maps.map { "  \($0.explanation)" }
        case .stage(let stage):
            for upstream in stage.upstreams {
                lines += upstream.pipeline.explained()
                if let prefetching = upstream.prefetching {
                    lines.append("  \(prefetching.threads) threads make up to \(prefetching.depth) of these ahead")
                }
            }
            lines.append(
                "→ \(stage.label)\(stage.runsUserCode ? ", which calls your code for each sample in turn" : "")")
        }
        let lowering = Lowering(program)
        lines += lowering.loads.map { "  \(explain($0))" }
        lines += lowering.steps.filter { !$0.isOnBatch }.map { step in
            let place = step.whole != nil && batches != nil ? "on whole batches" : "on each row"
            return "  \(step.transform.label): \(place)\(step.transform.runsUserCode ? ", your code" : "")"
        }
        if let batches {
            let size = batches.uniformSize.map { "of \($0)" } ?? "of listed sizes"
            lines.append("  batches \(size)\(batches.isDroppingLast ? ", a shorter last one left out" : "")")
            lines += batchOrder.maps.map { "  \($0.explanation), batches" }
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
    fileprivate var explanation: String {
        switch self {
        case .shuffled(let seed): "shuffled, seed \(seed): computed position by position, another order each epoch"
        case .frozen(let seed): "shuffled, seed \(seed): the order of epoch 0 in all epochs"
        case .strided(let first, let step): "every \(step)th from \(first) on"
        case .range(let range): "positions \(range.lowerBound) to \(range.upperBound)"
        case .table(let table): "\(table.count) positions by a table"
        case .sharded(let plan): "rank \(plan.rank) of \(plan.worldSize), what is left over: \(plan.remainder)"
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
