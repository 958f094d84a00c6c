// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
public import ColonnadeCore

extension Pipelined {
    /// Mixes each sample of a batch with the one before it, and the first one with the last one: values and labels become
    /// `share × own + (1 − share) × other`. The share has the distribution Beta(alpha, alpha), and depends on seed, epoch and
    /// the first row of the batch. (mixup, Zhang et al. 2017; torchvision's `MixUp`.)
    ///
    /// - Parameters:
    ///   - key: values of float32, after `batched`.
    ///   - labelKey: labels of float32, such as those of `oneHot`.
    ///   - alpha: the parameter of the distribution: 1 makes all shares equally probable, less makes shares near 0 and 1
    ///     more probable.
    ///   - seed: the seed of the random choices.
    /// - Throws: `unknownKey`; `invalidArgument` before `batched`, for other data types, and for an alpha that is not positive.
    public func mixedUp(
        _ key: String, labels labelKey: String, alpha: Double = 1, seed: UInt64 = 0
    ) throws(ColonnadeError) -> Self {
        try adding(MixSamples(self, .values, key, labelKey, alpha, seed))
    }

    /// Replaces a rectangle of each picture of a batch by that of the picture before it, and mixes the labels by the areas. The
    /// rectangle is the same for all pictures of a batch; it depends on seed, epoch and the first row of the batch. (CutMix,
    /// Yun et al. 2019; torchvision's `CutMix`.)
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, channels) and any data type, after `batched`.
    ///   - labelKey: labels of float32, such as those of `oneHot`.
    ///   - alpha: the parameter of the distribution Beta(alpha, alpha) of the share that stays.
    ///   - seed: the seed of the random choices.
    /// - Throws: `unknownKey`; `invalidArgument` before `batched`, for values that are no pictures, other labels, and for an
    ///   alpha that is not positive.
    public func cutMixed(
        _ key: String, labels labelKey: String, alpha: Double = 1, seed: UInt64 = 0
    ) throws(ColonnadeError) -> Self {
        try adding(MixSamples(self, .rectangles, key, labelKey, alpha, seed))
    }
}

/// Mixes the samples of a batch with each other.
struct MixSamples: Transform {
    enum Kind: Sendable {
        case values
        case rectangles
    }

    private let kind: Kind
    private let key: String
    private let labelKey: String
    private let alpha: Double
    private var seed: UInt64

    init(
        _ batches: some Pipelined, _ kind: Kind, _ key: String, _ labelKey: String, _ alpha: Double, _ seed: UInt64
    ) throws(ColonnadeError) {
        guard batches.isBatched else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" cannot be mixed: only the samples of a batch are mixed with each other, so batch first"
            )
        }
        guard alpha > 0, alpha <= 1e6 else {
            throw ColonnadeError(.invalidArgument, "alpha must be above 0 and at most 1000000, not \(alpha)")
        }
        guard key != labelKey else {
            throw ColonnadeError(.invalidArgument, "\"\(key)\" cannot be its own labels: give two keys")
        }
        self.kind = kind
        self.key = key
        self.labelKey = labelKey
        self.alpha = alpha
        self.seed = Fingerprint.mix(seed, "mix \(key)")
    }

    var keys: [String] { [key, labelKey] }
    var draws: RandomDraws? { RandomDraws(name: kind == .values ? "mixup" : "cutmix", seed: seed) }

    func drawing(withSeed seed: UInt64) -> any Transform {
        var copy = self
        copy.seed = seed
        return copy
    }

    var label: String { "\(kind == .values ? "mixup" : "cutmix")(\(key), \(labelKey))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        if kind == .rectangles {
            try PictureShape.check(fields[0], key)
            guard fields[0].shape.count == 4 else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(key)\" is \(fields[0].typeDescription), and only batches of pictures can be mixed")
            }
        }
        for field in kind == .values ? fields : [fields[1]] {
            guard field.kind == .tensor, field.dtype == .float32 else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(field.name)\" is \(field.typeDescription), and only float32 can be mixed: cast it, or make labels one-hot"
                )
            }
        }
        return fields
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        var random = context.random(seed)
        let count = values[0].shape[0]
        guard values[1].shape[0] == count else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" has \(count) samples, and \"\(labelKey)\" has \(values[1].shape[0]) labels")
        }
        guard count > 0 else { return values }
        var share = colonnade_beta(alpha, random.next())
        let mixed: Tensor
        switch kind {
        case .values: mixed = try values[0].mixed(share: Float(share), from: context.pool)
        case .rectangles:
            let shape = try PictureShape(values[0].shape, key)
            let region = MixSamples.rectangle(of: shape, share, &random)
            share = 1 - Double(region.width * region.height) / Double(shape.width * shape.height)
            mixed = try values[0].exchanging(region, of: shape, from: context.pool)
        }
        return [mixed, try values[1].mixed(share: Float(share), from: context.pool)]
    }

    /// Returns the rectangle that is replaced: its centre is anywhere in the picture, and its area is the rest of the share, except
    /// where the picture ends.
    private static func rectangle(
        of shape: PictureShape, _ share: Double, _ random: inout SplitMix64
    ) -> PictureRegion {
        let (x, y) = (random.below(shape.width), random.below(shape.height))
        let half = 0.5 * (1 - share).squareRoot()
        let (halfWidth, halfHeight) = (Int(half * Double(shape.width)), Int(half * Double(shape.height)))
        let (left, top) = (max(x - halfWidth, 0), max(y - halfHeight, 0))
        return PictureRegion(
            x: left, y: top, width: min(x + halfWidth, shape.width) - left,
            height: min(y + halfHeight, shape.height) - top)
    }
}
