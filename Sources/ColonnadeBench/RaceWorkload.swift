// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// The chains that a user would write for the workloads of the race. See `tools/bench/race/workloads.py`.
enum RaceWorkload: String {
    case rows128
    case rows128Below = "rows128-below"
    case rows128At = "rows128-at"
    case rows128Above = "rows128-above"
    case vectors, images784
    case images784Floats = "images784-f32"
    case images60k
    case images60kFloats = "images60k-f32"
    case images3k
    case images3kNormalised = "images3k-norm"
    case tokens
    case tokensWide = "tokens-i64"
    case ragged, table, texts
    case tableInOrder = "table-seq"
    case images150k, cold

    /// The name of the data set that the workload reads.
    private var set: String {
        switch self {
        case .images784Floats: "images784"
        case .images60kFloats: "images60k"
        case .images3kNormalised: "images3k"
        case .tokensWide: "tokens"
        case .tableInOrder: "table"
        default: rawValue
        }
    }

    /// Returns a stream of the workload's batches.
    func stream(
        in folder: String, batch: Int, threads: Int, shuffled: Bool
    ) throws(ColonnadeError) -> Colonnade.Stream {
        var buffer = try Buffer(at: "\(folder)/\(set)/data.colonnade")
        if shuffled { buffer = buffer.shuffled(seed: 7) }
        switch self {
        case .images784Floats, .images60kFloats:
            buffer = try buffer.cast("image", to: .float32).scaled("image", by: 1 / 255)
        case .images3kNormalised:
            buffer = try buffer.cast("image", to: .float32).scaled("image", by: 1 / 255)
                .normalized("image", mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616])
        case .tokensWide: buffer = try buffer.cast("tokens", to: .int64)
        default: break
        }
        let stream = try buffer.batched(by: batch).stream()
        // One prefetching thread makes two working threads: a consumer that waits for an unclaimed batch makes it.
        return threads == 1 ? stream : try stream.prefetched(depth: 8, threads: threads - 1)
    }
}
