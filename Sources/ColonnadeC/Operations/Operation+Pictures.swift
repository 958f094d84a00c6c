// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

extension Operation {
    /// The operations on pictures and videos, which apply to buffers and streams.
    static let pictures: [Operation] = [
        onKey(
            "image_center_crop", .need("width", .integer), .need("height", .integer),
            does: "keeps the middle of a picture"
        ) { on, key, width, height in try on.centerCropped(key, width: width, height: height) },
        onKey(
            "image_random_crop", .need("width", .integer), .need("height", .integer),
            .option("padding", .integer, or: 0), .need("seed", .seed),
            does: "keeps a part of a picture at a random place, after `padding` zeros on each side"
        ) { on, key, width, height, padding, seed in
            try on.randomlyCropped(key, width: width, height: height, padding: padding, seed: seed)
        },
        onKey(
            "image_random_area_crop", .need("area", .numbers), .need("aspect", .numbers),
            .option("trials", .integer, or: 10), .need("seed", .seed),
            does: "keeps a part of random area and form, in ranges relative to those of the picture"
        ) { on, key, area, aspect, trials, seed in
            try on.randomlyCropped(
                key, area: pair(area, "area"), aspect: pair(aspect, "aspect"), trials: trials, seed: seed)
        },
        onKey(
            "image_random_resized_crop", .need("width", .integer), .need("height", .integer),
            .option("area", .numbers, or: [0.08, 1]), .option("aspect", .numbers, or: [3.0 / 4, 4.0 / 3]), .filter,
            .antialias, .need("seed", .seed),
            does: "resizes a part of random area and form, whose aspect ratio is in a range of its own"
        ) { on, key, width, height, area, aspect, filter, isAntialiased, seed in
            try on.randomlyResizedCropped(
                key, width: width, height: height, area: pair(area, "area"), aspect: pair(aspect, "aspect"),
                filter: filter, antialiased: isAntialiased, seed: seed)
        },
        onKey(
            "image_random_h_flip", .option("probability", .number, or: 0.5), .need("seed", .seed),
            does: "mirrors a picture with a probability"
        ) { on, key, probability, seed in try on.randomlyFlipped(key, probability: probability, seed: seed) },
        onKey(
            "image_random_v_flip", .option("probability", .number, or: 0.5), .need("seed", .seed),
            does: "turns a picture upside down, mirrored, with a probability"
        ) { on, key, probability, seed in
            try on.randomlyFlipped(key, probability: probability, vertically: true, seed: seed)
        },
        onKey(
            "image_random_erasing", .option("probability", .number, or: 0.5),
            .option("area", .numbers, or: [0.02, 0.33]), .option("aspect", .numbers, or: [0.3, 3.3]),
            .option("value", .number, or: 0), .need("seed", .seed),
            does: "replaces a part of random area and form by a number, with a probability"
        ) { on, key, probability, area, aspect, value, seed in
            try on.randomlyErased(
                key, probability: probability, area: pair(area, "area"), aspect: pair(aspect, "aspect"), value: value,
                seed: seed)
        },
        onKey(
            "image_color_jitter", .option("brightness", .numbers, or: [1, 1]),
            .option("contrast", .numbers, or: [1, 1]), .option("saturation", .numbers, or: [1, 1]),
            .option("hue", .numbers, or: [0, 0]), .need("seed", .seed),
            does: "changes colours by random factors in these ranges, in random order"
        ) { on, key, brightness, contrast, saturation, hue, seed in
            try on.colorJittered(
                key, brightness: pair(brightness, "brightness"), contrast: pair(contrast, "contrast"),
                saturation: pair(saturation, "saturation"), hue: pair(hue, "hue"), seed: seed)
        },
        onKey(
            "image_rand_augment", .option("num_ops", .integer, or: 2), .option("magnitude", .integer, or: 9),
            .need("seed", .seed), does: "changes a picture by random operations of one strength (RandAugment)"
        ) { on, key, operations, magnitude, seed in
            try on.randAugmented(key, operations: operations, magnitude: magnitude, seed: seed)
        },
        Operation(
            "mixup", .need("key", .text), .need("label_key", .text), .option("alpha", .number, or: 1),
            .need("seed", .seed), does: "mixes each sample of a batch with the one before it, and their labels"
        ) { on, key, labels, alpha, seed in try on.mixedUp(key, labels: labels, alpha: alpha, seed: seed) },
        Operation(
            "cutmix", .need("key", .text), .need("label_key", .text), .option("alpha", .number, or: 1),
            .need("seed", .seed),
            does: "replaces a rectangle of each picture of a batch by that of the one before it, and mixes the labels"
        ) { on, key, labels, alpha, seed in try on.cutMixed(key, labels: labels, alpha: alpha, seed: seed) },
        onKey(
            "image_resize", .need("width", .integer), .need("height", .integer), .filter, .antialias,
            does: "changes the size of a picture"
        ) { on, key, width, height, filter, isAntialiased in
            try on.resized(key, width: width, height: height, filter: filter, antialiased: isAntialiased)
        },
        onKey(
            "image_resize_smallest_side", .need("size", .integer), .filter, .antialias,
            does: "changes the size of a picture so that its shorter side has `size` pixels"
        ) { on, key, size, filter, isAntialiased in
            try on.resized(key, shorterSide: size, filter: filter, antialiased: isAntialiased)
        },
        onKey(
            "image_rotate", .need("angle", .number), .option("crop", .flag, or: false),
            does: "turns a picture clockwise by degrees; with `crop` its size stays"
        ) { on, key, angle, isCropping in try on.rotated(key, degrees: angle, keepingSize: isCropping) },
        onKey(
            "image_channel_reduction", .option("preset", .channelReduction, or: .rec601),
            does: "makes one channel of red, green and blue"
        ) { on, key, weights in try on.reducingChannels(key, weights: weights) },
        onKey(
            "image_layout", .need("layout", .layout), does: "moves the channels first (`chw`) or last (`hwc`)"
        ) { on, key, layout in try on.laidOut(key, layout) },
    ]

    /// Returns two numbers. Throws `invalidArgument` for another count.
    private static func pair(_ numbers: [Double], _ name: String) throws(ColonnadeError) -> (Double, Double) {
        guard numbers.count == 2 else {
            throw ColonnadeError(
                .invalidArgument, "\(name) is a range of two numbers, the least and the largest, not \(numbers.count)")
        }
        return (numbers[0], numbers[1])
    }
}

extension Parameter where Value == ResizeFilter {
    /// The weights of the pixels of a picture that is resized.
    fileprivate static var filter: Self { .option("filter", .resizeFilter, or: .triangle) }
}

extension Parameter where Value == Bool {
    /// Whether a picture that becomes smaller is averaged.
    fileprivate static var antialias: Self { .option("antialias", .flag, or: true) }
}
