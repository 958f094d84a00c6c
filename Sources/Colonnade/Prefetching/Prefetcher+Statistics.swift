// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension Prefetcher {
    func statistics() -> StreamStatistics {
        let (record, items, depth) = monitor.withLock {
            ($0.record, $0.queue.delivered, $0.sizer.limit)
        }
        let stages = (maker.times?.all ?? []).map { activity, duration in
            let name =
                switch activity {
                case .reading: "reading"
                case .pulling: "deciding what comes next"
                case .step(let label): label
                }
            return StreamStatistics.Stage(name: name, seconds: duration.seconds)
        }
        return StreamStatistics(
            items: items, seconds: (ContinuousClock.now - record.start).seconds,
            stages: stages.sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }, waits: record.waits,
            waitedSeconds: record.waited.seconds, depth: depth, threads: threads,
            decodedShare: maker.times?.decodedShare, enteredShare: maker.times?.enteredShare)
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
