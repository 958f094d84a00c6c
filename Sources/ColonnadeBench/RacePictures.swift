// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeMedia

/// The chains that a user would write for the workloads of pictures of the race, by their names. See
/// `tools/bench/race/workloads.py`.
struct RacePictures {
    /// The name of the data set.
    private let set: String
    /// The variant of the workload: "" for files of their own, entries, antialiased, centre or draft.
    private let variant: String
    private let isNormalised: Bool

    private static let sets = ["w5", "w5p", "w8"]
    private static let variants = ["", "entries", "antialiased", "centre", "draft"]

    /// Returns nil for other workloads.
    init?(_ name: String) {
        var words = name.split(separator: "-").map(String.init)
        isNormalised = words.last == "norm"
        if isNormalised { words.removeLast() }
        set = words.first ?? ""
        variant = words.dropFirst().first ?? ""
        guard RacePictures.sets.contains(set), RacePictures.variants.contains(variant), words.count <= 2 else {
            return nil
        }
    }

    /// Returns a stream of the workload's batches.
    func stream(
        in folder: String, batch: Int, threads: Int, shuffled: Bool
    ) throws(ColonnadeError) -> Colonnade.Stream {
        var buffer = try Buffer(at: "\(folder)/\(set)/data.colonnade")
        if shuffled { buffer = buffer.shuffled(seed: 7) }
        let options = ImageOptions(channels: .rgb, isDraft: variant == "draft")
        if set == "w5", variant.isEmpty {
            buffer = try buffer.selecting(["file", "label"])
                .loadedImage("file", folder: "\(folder)/w5/files", as: "image", options: options)
        } else {
            buffer = try buffer.selecting(["image", "label"]).decodedImage("image", options: options)
        }
        if variant == "centre" {
            buffer = try buffer.resized("image", shorterSide: 256).centerCropped("image", width: 224, height: 224)
        } else {
            buffer = try buffer.randomlyResizedCropped(
                "image", width: 224, height: 224, antialiased: variant == "antialiased"
            ).randomlyFlipped("image")
        }
        if isNormalised {
            buffer = try buffer.cast("image", to: .float32).scaled("image", by: 1 / 255)
                .normalized("image", mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616])
        }
        let stream = try buffer.selecting(["image", "label"]).batched(by: batch).stream()
        return threads == 1 ? stream : try stream.prefetched(depth: 8, threads: threads - 1)
    }
}
