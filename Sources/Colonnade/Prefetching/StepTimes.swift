// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The time that each step of a pass takes, summed over all threads that make its items.
final class StepTimes: Sendable {
    enum Activity: Sendable, Hashable {
        /// Finding, copying and converting rows.
        case reading
        /// A step, identified by its label.
        case step(String)
        /// Deciding the next items.
        case pulling
    }

    /// The measured times. Reading and pulling have fields of their own, since they are noted for each block, and a
    /// step is looked up by its name.
    private struct Sums {
        var reading = Duration.zero
        var pulling = Duration.zero
        var steps: NameMap<Duration> = [:]
        var pixels = (decoded: 0, all: 0)
    }

    private let sums = Monitor(Sums())

    func start() -> ContinuousClock.Instant { .now }

    func end(_ start: ContinuousClock.Instant?, _ activity: Activity) {
        guard let start else { return }
        let elapsed = ContinuousClock.now - start
        sums.withLock { sums in
            switch activity {
            case .reading: sums.reading += elapsed
            case .pulling: sums.pulling += elapsed
            case .step(let label): sums.steps[label] = (sums.steps[label] ?? .zero) + elapsed
            }
        }
    }

    /// Notes the number of pixels that were decoded of some pictures, and the number of all pixels of these pictures.
    func note(decoded: Int, of all: Int) {
        sums.withLock { sums in
            sums.pixels.decoded += decoded
            sums.pixels.all += all
        }
    }

    /// The part of the pixels of encoded pictures that was decoded; nil if there were no pictures.
    var decodedShare: Double? {
        let pixels = sums.withLock { $0.pixels }
        return pixels.all > 0 ? Double(pixels.decoded) / Double(pixels.all) : nil
    }

    /// The activities that took any time.
    var all: [(activity: Activity, time: Duration)] {
        let sums = sums.withLock { $0 }
        let fields: [(Activity, Duration)] = [(.reading, sums.reading), (.pulling, sums.pulling)]
        return fields.filter { $0.1 > .zero } + sums.steps.map { (.step($0.name), $0.value) }
    }
}
