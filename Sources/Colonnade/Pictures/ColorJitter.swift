// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Changes brightness, contrast, saturation and hue of a picture by random factors, in random order. They depend on seed, epoch
    /// and row; all frames of a video have the same ones, and each frame has a contrast of its own mean.
    ///
    /// The definitions are those of torchvision's `ColorJitter` on tensors. A factor of brightness, contrast or saturation
    /// blends the picture with black, with its mean grey, or with its grey values: 0 leaves only these, 1 only the picture.
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, channels), or videos of shape (frames, height, width, channels), with 1 or 3
    ///     channels, of uint8, or of float32 from 0 to 1. Pictures of 1 channel have no saturation and no hue to change.
    ///   - brightness: the least and the largest factor, at least 0.
    ///   - contrast: the least and the largest factor, at least 0.
    ///   - saturation: the least and the largest factor, at least 0.
    ///   - hue: the least and the largest part of the colour circle by which hues move, from -0.5 to 0.5.
    ///   - seed: the seed of the random choices.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for values that are no such pictures, and for ranges that are empty or out of bounds.
    public func colorJittered(
        _ key: String, brightness: (Double, Double) = (1, 1), contrast: (Double, Double) = (1, 1),
        saturation: (Double, Double) = (1, 1), hue: (Double, Double) = (0, 0), seed: UInt64 = 0,
        as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        let factors = [("brightness", brightness), ("contrast", contrast), ("saturation", saturation)]
        for (what, range) in factors {
            try ColorJitter.check(range, what, key, from: 0, to: 1e6)
        }
        try ColorJitter.check(hue, "hue", key, from: -0.5, to: 0.5)
        let jitter = ColorJitter(
            brightness: brightness, contrast: contrast, saturation: saturation, hue: hue, seed: seed)
        return try adding(PictureTransform(jitter, key: key, outputKey: outputKey ?? key))
    }
}

/// Changes the colours of a picture by random factors.
struct ColorJitter: PictureOperation {
    /// A change of all colours. The raw value is the number of the kernel.
    enum Adjustment: UInt32, Sendable {
        case brightness = 0
        case contrast = 1
        case saturation = 2
        case hue = 3
    }

    let brightness: (Double, Double)
    let contrast: (Double, Double)
    let saturation: (Double, Double)
    let hue: (Double, Double)
    let seed: UInt64?

    var name: String { "color jitter" }
    var dtypes: [DType]? { [.uint8, .float32] }

    fileprivate static func check(
        _ range: (Double, Double), _ what: String, _ key: String, from low: Double, to high: Double
    ) throws(ColonnadeError) {
        guard range.0 >= low, range.0 <= range.1, range.1 <= high else {
            throw ColonnadeError(
                .invalidArgument,
                "the range of the \(what) for \"\(key)\" is \(range.0) to \(range.1): its ends must be from \(low) to \(high), and in order"
            )
        }
    }

    func output(of field: Field, _ key: String) throws(ColonnadeError) -> Field {
        try ColorJitter.checkChannels(field.shape.last ?? nil, key)
        return field
    }

    /// Throws `invalidArgument` for pictures that have neither 1 nor 3 channels.
    static func checkChannels(_ channels: Int?, _ key: String) throws(ColonnadeError) {
        guard let channels, channels != 1, channels != 3 else { return }
        throw ColonnadeError(
            .invalidArgument,
            "\"\(key)\" has \(channels) channels, and only pictures of 1 or 3 channels have colours to change: slice the others off"
        )
    }

    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork? {
        try ColorJitter.checkChannels(shape.channels, key)
        let ranges: [(Adjustment, (Double, Double))] = [
            (.brightness, brightness), (.contrast, contrast), (.saturation, saturation), (.hue, hue),
        ]
        var changes = ranges.map { kind, range in
            // torchvision draws factors of float32.
            ColorChange(kind: kind, blend: Blend(Double(Float(range.0 + (range.1 - range.0) * random.unit()))))
        }
        // Fisher and Yates.
        for index in stride(from: 3, to: 0, by: -1) { changes.swapAt(index, random.below(index + 1)) }
        changes.removeAll { change in
            change.kind == .hue
                ? shape.channels != 3 || change.factor == 0
                : change.factor == 1 || change.kind == .saturation && shape.channels != 3
        }
        return changes.isEmpty ? nil : .adjust(changes)
    }
}
