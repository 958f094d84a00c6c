// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The description of a stage plan for people.
extension StagePlan {
    func explained(indent: String, isFrozen: Bool, requestsRows: Bool) -> [String] {
        var lines: [String] = []
        for upstream in stage.upstreams {
            // Only worker threads request rows ahead of a stage.
            lines += upstream.plan.explained(
                indent: "", isFrozen: isFrozen || stage.isSelection, requestsRows: upstream.prefetching != nil)
            if let prefetching = upstream.prefetching {
                lines.append("  \(prefetching.threads) threads make up to \(prefetching.depth) of these ahead")
            }
        }
        var line = "→ \(stage.explanation)"
        if stage.seed != nil { line += ": \(isFrozen ? RowOrder.always : RowOrder.eachEpoch)" }
        if stage.runsUserCode { line += ", which calls your code for each sample in turn" }
        lines.append(line)
        lines += Lowering(program).explained(stage.schema, batches)
        return lines.map { indent + $0 }
    }
}
