// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// Applies random operations to a pipeline and to its model.
enum RandomSteps {
    private static let dtypes: [DType] = [.float32, .float64, .int8, .int16, .int32, .int64, .uint8]

    static func step(_ chain: inout RandomChain) throws {
        let choice = chain.below(22)
        switch choice {
        case 0..<9: try order(&chain, choice)
        case 9..<18: try values(&chain, choice)
        default: try structure(&chain, choice)
        }
    }

    // MARK: Order

    private static func order(_ chain: inout RandomChain, _ choice: Int) throws {
        let count = chain.model.samples.count
        let seed = UInt64(chain.below(1000))
        if choice > 0 { chain.isShuffled = false }
        switch choice {
        case 0:
            // The second of two consecutive shuffles replaces the first, for samples and for batches.
            guard let buffer = chain.buffer, !chain.isShuffled else { return }
            chain.words.append("shuffled \(seed)")
            chain.isShuffled = true
            chain.buffer = buffer.shuffled(seed: seed)
            chain.stream = buffer.shuffled(seed: seed).stream()
            let order = IndexPermutation(count: count, seed: seed, epoch: 0)
            chain.model.take((0..<count).map { order[$0] })
        case 1:
            guard let buffer = chain.buffer, count > 0 else { return }
            let positions = (0..<chain.below(12)).map { _ in chain.random.below(count) }
            chain.words.append("reordered \(positions)")
            let changed = try buffer.reordered(by: positions)
            (chain.buffer, chain.stream) = (changed, changed.stream())
            chain.model.take(positions)
        case 2:
            let parts = 1 + chain.below(3)
            let part = chain.below(parts)
            try chain.apply("partition \(part) of \(parts)") {
                try $0.partition(part, of: parts)
            } stream: {
                try $0.partition(part, of: parts)
            }
            chain.model.take(Array(stride(from: part, to: count, by: parts)))
        case 3:
            let length = chain.below(15)
            try chain.apply("prefix \(length)") {
                try $0.prefix(length)
            } stream: {
                try $0.prefix(length)
            }
            chain.model.take(Array(0..<min(length, count)))
        case 4:
            let length = chain.below(4)
            try chain.apply("dropFirst \(length)") {
                try $0.dropFirst(length)
            } stream: {
                try $0.dropFirst(length)
            }
            chain.model.take(Array(min(length, count)..<count))
        case 5:
            // The operation is refused after a shard.
            guard chain.model.keys.contains("id"), !chain.isBatched, !chain.isSharded else { return }
            let rest = Double(chain.below(3))
            @Sendable func isIncluded(_ sample: Sample) throws -> Bool {
                try Int(reals(sample.tensor("id"))[0]) % 3 != Int(rest)
            }
            try chain.apply("filter \(rest)") {
                try $0.filter(isIncluded)
            } stream: {
                try $0.filter(isIncluded)
            }
            chain.model.samples = chain.model.samples.filter { Int($0["id"]?.numbers[0] ?? 0) % 3 != Int(rest) }
        case 6:
            let ranks = 1 + chain.below(3)
            let rank = chain.below(ranks)
            let remainder: ShardRemainder = chain.below(2) == 0 ? .drop : .repeat
            try chain.apply("sharded \(rank) of \(ranks), \(remainder)") {
                try $0.sharded(rank: rank, of: ranks, remainder: remainder)
            } stream: {
                try $0.sharded(rank: rank, of: ranks, remainder: remainder)
            }
            chain.isSharded = chain.isSharded || ranks > 1
            var positions = Array(stride(from: rank, to: count, by: ranks))
            let whole = count / ranks
            if remainder == .drop { positions = Array(positions.prefix(whole)) }
            if remainder == .repeat, count % ranks > 0, positions.count == whole {
                positions.append(whole * ranks + rank % (count % ranks))
            }
            chain.model.take(positions)
        case 7:
            guard let buffer = chain.buffer, count < 60 else { return }
            chain.words.append("appended to itself")
            let changed = try buffer.appending(buffer)
            (chain.buffer, chain.stream) = (changed, changed.stream())
            chain.model.samples += chain.model.samples
        default:
            guard let buffer = chain.buffer else { return }
            chain.words.append("stream")
            chain.stream = buffer.stream()
            chain.buffer = nil
        }
    }

    // MARK: Values

    private static func values(_ chain: inout RandomChain, _ choice: Int) throws {
        switch choice {
        case 9, 10:
            guard let key = chain.key({ _ in true }) else { return }
            let dtype = dtypes[chain.below(dtypes.count)]
            try chain.apply("cast \(key) to \(dtype)") {
                try $0.cast(key, to: dtype)
            } stream: {
                try $0.cast(key, to: dtype)
            }
            chain.model.cast(key, to: dtype)
        case 11, 12:
            guard let key = chain.key({ $0.dtype.isFloatingPoint }) else { return }
            let factor = [0.5, -1, 2][chain.below(3)]
            let offset = [0.0, 1, -2][chain.below(3)]
            try chain.apply("scaled \(key) by \(factor) + \(offset)") {
                try $0.scaled(key, by: factor, offset: offset)
            } stream: {
                try $0.scaled(key, by: factor, offset: offset)
            }
            chain.model.scale(key, by: factor, offset)
        case 13:
            guard let key = chain.key({ !$0.shape.isEmpty }) else { return }
            let end = 1 + chain.below(4)
            let output = ["v", "w", key][chain.below(3)]
            try chain.apply("sliced \(key) to \(end) as \(output)") {
                try $0.sliced(key, [0: 0..<end], as: output)
            } stream: {
                try $0.sliced(key, [0: 0..<end], as: output)
            }
            chain.model.change(key, as: output) { ChainModel.slice($0, 0..<min(end, $0.shape[0])) }
        case 14:
            guard let key = chain.key({ !$0.shape.isEmpty }) else { return }
            let (before, after) = (chain.below(2), chain.below(3))
            try chain.apply("padded \(key) \(before) \(after)") {
                try $0.padded(key, dimension: 0, before: before, after: after, value: 3)
            } stream: {
                try $0.padded(key, dimension: 0, before: before, after: after, value: 3)
            }
            chain.model.change(key) { ChainModel.pad($0, before: before, after: after, 3) }
        case 15:
            guard let key = chain.key({ _ in true }) else { return }
            try chain.apply("reshaped \(key)") {
                try $0.reshaped(key, to: [-1])
            } stream: {
                try $0.reshaped(key, to: [-1])
            }
            chain.model.change(key) {
                ChainModel.Value(dtype: $0.dtype, shape: [$0.numbers.count], numbers: $0.numbers)
            }
        case 16:
            guard let key = chain.key({ _ in true }) else { return }
            // A function that returns its argument. It receives each sample or batch, and no fused step extends across
            // it.
            try chain.apply("map \(key) as m") {
                try $0.map(key, as: "m") { $0 }
            } stream: {
                try $0.map(key, as: "m") { $0 }
            }
            chain.model.change(key, as: "m") { $0 }
        default:
            guard let key = chain.key({ _ in true }) else { return }
            let name = "n\(chain.made)"
            chain.made += 1
            try chain.apply("\(key) renamed \(name)") {
                try $0.renaming(key, to: name)
            } stream: {
                try $0.renaming(key, to: name)
            }
            chain.model.keys = chain.model.keys.map { $0 == key ? name : $0 }
            for index in chain.model.samples.indices {
                chain.model.samples[index][name] = chain.model.samples[index].removeValue(forKey: key)
            }
        }
    }

    // MARK: Batches and several samples

    private static func structure(_ chain: inout RandomChain, _ choice: Int) throws {
        switch choice {
        case 18, 19:
            let size = 1 + chain.below(4)
            let droppingLast = chain.below(3) == 0
            let padding = Double([0, 0, 5][chain.below(3)])
            let all = NameMap(chain.model.keys.map { ($0, padding) })
            try chain.apply("batched by \(size), \(droppingLast), \(padding)") {
                try $0.batched(by: size, droppingLast: droppingLast, padding: all)
            } stream: {
                try $0.batched(by: size, droppingLast: droppingLast, padding: all)
            }
            chain.model.batch(by: size, droppingLast: droppingLast, padding)
            (chain.isBatched, chain.isShuffled) = (true, false)
        case 20:
            guard chain.buffer == nil, chain.model.samples.count < 60 else { return }
            chain.words.append("repeated 2")
            chain.stream = try chain.stream.repeated(1)
            let once = chain.model.samples
            chain.stream = try Stream.interleaved([chain.stream, chain.stream])
            chain.model.samples = once.flatMap { [$0, $0] }
        default:
            guard chain.buffer == nil else { return }
            let size = 1 + chain.below(5)
            chain.words.append("buffers of \(size) reversed")
            chain.stream = try chain.stream.buffered(size) { try $0.reordered(by: (0..<$0.count).reversed()) }
            let count = chain.model.samples.count
            chain.model.take(stride(from: 0, to: count, by: size).flatMap { ($0..<min($0 + size, count)).reversed() })
        }
    }
}
