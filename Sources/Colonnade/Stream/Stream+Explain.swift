// SPDX-License-Identifier: Apache-2.0

extension Stream {
    /// Describes the plan and the prefetching threads for people: see `Pipelined.explain`.
    public func explain() -> String {
        var lines = plan.explained()
        if let prefetching {
            lines.append("  \(prefetching.threads) threads make up to \(prefetching.depth) items ahead")
        } else {
            lines.append("  made by the consumer, when it asks: no prefetching")
        }
        return lines.map(\.visible).joined(separator: "\n")
    }
}
