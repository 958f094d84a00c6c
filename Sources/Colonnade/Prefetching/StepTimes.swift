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

    /// The numbers of pixels and of encoded pictures of which some were decoded.
    struct DecodedCounts: Sendable {
        var decodedPixels = 0
        var allPixels = 0
        var enteredPictures = 0
        var allPictures = 0

        /// Adds the part that was decoded of a picture. Each pixel of a reduced picture stands for several.
        mutating func note(_ part: PicturePart, _ reduction: Int, of picture: EncodedPicture) {
            let pixels = picture.height * picture.width
            decodedPixels += min(part.decodedCount * reduction * reduction, pixels)
            allPixels += pixels
            enteredPictures += part.isEntered ? 1 : 0
            allPictures += 1
        }
    }

    /// The measured times. Reading and pulling have fields of their own, since they are noted for each block, and a
    /// step is looked up by its name.
    private struct Sums {
        var reading = Duration.zero
        var pulling = Duration.zero
        var steps: NameMap<Duration> = [:]
        var decoded = DecodedCounts()
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

    func note(_ counts: DecodedCounts) {
        sums.withLock { sums in
            sums.decoded.decodedPixels += counts.decodedPixels
            sums.decoded.allPixels += counts.allPixels
            sums.decoded.enteredPictures += counts.enteredPictures
            sums.decoded.allPictures += counts.allPictures
        }
    }

    /// The part of the pixels of encoded pictures that was decoded; nil if there were no pictures.
    var decodedShare: Double? {
        let counts = sums.withLock { $0.decoded }
        return counts.allPixels > 0 ? Double(counts.decodedPixels) / Double(counts.allPixels) : nil
    }

    /// The part of the encoded pictures whose decoding began at entry points; nil if there were no pictures.
    var enteredShare: Double? {
        let counts = sums.withLock { $0.decoded }
        return counts.allPictures > 0 ? Double(counts.enteredPictures) / Double(counts.allPictures) : nil
    }

    /// The activities that took any time.
    var all: [(activity: Activity, time: Duration)] {
        let sums = sums.withLock { $0 }
        let fields: [(Activity, Duration)] = [(.reading, sums.reading), (.pulling, sums.pulling)]
        return fields.filter { $0.1 > .zero } + sums.steps.map { (.step($0.name), $0.value) }
    }
}
