// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
public import ColonnadeCore

extension Pipelined {
    /// Changes a picture by random operations of one strength, one after another: RandAugment (Cubuk et al., 2019,
    /// arXiv:1909.13719).
    ///
    /// Each operation is drawn from 14, with equal probabilities, and depends on seed, epoch and row; all frames of a video have
    /// the same ones. The operations, their strengths and their values are those of torchvision's `RandAugment` on tensors: no
    /// change, shears and shifts in both directions, rotation, brightness, saturation, contrast, sharpness, posterize, solarize,
    /// automatic contrast, equalize. Pixels move to the nearest place, and places from outside the picture become zeros.
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, channels), or videos of shape (frames, height, width, channels), with 1 or 3
    ///     channels, of uint8.
    ///   - operations: the number of operations, from 1 to 16.
    ///   - magnitude: their strength, from 0 to 30.
    ///   - seed: the seed of the random choices.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for values that are no such pictures, and for numbers out of bounds.
    public func randAugmented(
        _ key: String, operations: Int = 2, magnitude: Int = 9, seed: UInt64 = 0, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        guard (1...16).contains(operations), (0...RandAugment.greatest).contains(magnitude) else {
            throw ColonnadeError(
                .invalidArgument,
                "RandAugment of \"\(key)\" takes 1 to 16 operations of a magnitude from 0 to \(RandAugment.greatest), not \(operations) of \(magnitude)"
            )
        }
        let target = outputKey ?? key
        var changed = self
        for number in 0..<operations {
            let step = RandAugment(number: number, magnitude: magnitude, seed: seed)
            changed = try changed.adding(PictureTransform(step, key: number == 0 ? key : target, outputKey: target))
        }
        return changed
    }
}

/// One random operation of RandAugment.
struct RandAugment: PictureOperation {
    /// The greatest magnitude.
    static let greatest = 30

    private enum Kind: Int, CaseIterable {
        case identity, shearX, shearY, translateX, translateY, rotate, brightness, saturation, contrast, sharpness,
            posterize,
            solarize, autoContrast, equalize
    }

    /// The number of the operation in its series, which makes it draw other numbers than the one before.
    let number: Int
    let magnitude: Int
    let seed: UInt64?

    var name: String { number == 0 ? "RandAugment" : "RandAugment \(number + 1)" }
    var dtypes: [DType]? { [.uint8] }

    func output(of field: Field, _ key: String) throws(ColonnadeError) -> Field {
        try ColorJitter.checkChannels(field.shape.last ?? nil, key)
        return field
    }

    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork? {
        try ColorJitter.checkChannels(shape.channels, key)
        let kind = Kind.allCases[random.below(Kind.allCases.count)]
        let isOpposite = random.below(2) == 1
        return RandAugment.work(kind, magnitude, isOpposite, shape)
    }

    /// Returns the strength by a magnitude of an operation whose greatest one is `end`.
    ///
    /// The result is an element of torchvision's `linspace(0, end, 31)`. PyTorch computes its first half from the start and its second
    /// half from the end, in float32.
    private static func strength(_ magnitude: Int, to end: Double) -> Float {
        let end = Float(end)
        let step = end / Float(greatest)
        return magnitude < (greatest + 1) / 2 ? step * Float(magnitude) : end - step * Float(greatest - magnitude)
    }

    /// Returns the shift by a magnitude of a picture with this width or height, in whole pixels.
    private static func shift(_ magnitude: Int, of size: Int) -> Double {
        Double(strength(magnitude, to: 150.0 / 331 * Double(size)).rounded(.towardZero))
    }

    /// Returns the work of an operation with a magnitude, in one of its two directions.
    private static func work(
        _ kind: Kind, _ magnitude: Int, _ isOpposite: Bool, _ shape: PictureShape
    ) -> PictureWork? {
        let strength = Double(magnitude) / Double(greatest)
        let signed = isOpposite ? -strength : strength
        let change = Double(RandAugment.strength(magnitude, to: 0.9))
        let blend = Blend(1 + (isOpposite ? -change : change))
        let (width, height) = (Double(shape.width), Double(shape.height))
        var map = PictureMap()
        switch kind {
        case .identity: return nil
        case .shearX:
            // The shear leaves the upper left corner where it is.
            map.x.down = 0.3 * signed
            map.x.shift = map.x.down * height / 2
        case .shearY:
            map.y.across = 0.3 * signed
            map.y.shift = map.y.across * width / 2
        case .translateX: map.x.shift = (isOpposite ? -1 : 1) * shift(magnitude, of: shape.width)
        case .translateY: map.y.shift = (isOpposite ? -1 : 1) * shift(magnitude, of: shape.height)
        case .rotate:
            let direction = colonnade_direction_of(30 * signed)
            map = PictureMap(sine: direction.sine, cosine: direction.cosine)
        case .brightness: return adjusted(.brightness, blend, shape)
        case .saturation: return adjusted(.saturation, blend, shape)
        case .contrast: return adjusted(.contrast, blend, shape)
        case .sharpness: return signed == 0 ? nil : .sharpen(blend)
        case .posterize:
            let bits = 8 - (4 * strength).rounded(.toNearestOrEven)
            return bits == 8 ? nil : .changeTones(ToneChange(kind: .posterize, argument: Float(bits)))
        case .solarize: return .changeTones(ToneChange(kind: .solarize, argument: Float(255 * (1 - strength))))
        case .autoContrast: return .changeTones(ToneChange(kind: .autoContrast))
        case .equalize: return .changeTones(ToneChange(kind: .equalize))
        }
        return map == PictureMap() ? nil : .map(map, width: shape.width, height: shape.height)
    }

    private static func adjusted(
        _ kind: ColorJitter.Adjustment, _ blend: Blend, _ shape: PictureShape
    ) -> PictureWork? {
        if blend.rest == 0 || kind == .saturation && shape.channels != 3 { return nil }
        return .adjust([ColorChange(kind: kind, blend: blend)])
    }
}
