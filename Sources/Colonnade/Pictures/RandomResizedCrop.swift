// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Crops a part of a picture with a random size, form and place, and changes its size to `width` × `height` pixels. The part
    /// depends on seed, epoch and row; all frames of a video have the same one.
    ///
    /// The law is that of torchvision's `RandomResizedCrop`: a trial draws an area uniformly and the logarithm of an aspect ratio
    /// uniformly, and takes them if the part is inside the picture. If ten trials fail, the part is the middle of the picture,
    /// as large as the aspect ratios allow.
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, channels), or videos of shape (frames, height, width, channels), with 1 to 4
    ///     channels, of uint8 or float32; with the filter `.nearest` of any data type.
    ///   - width: the width of the result, in pixels.
    ///   - height: the height of the result, in pixels.
    ///   - area: the least and the largest area of the part, relative to the area of the picture.
    ///   - aspect: the least and the largest ratio of width to height of the part, in pixels.
    ///   - filter: the weights of the pixels.
    ///   - antialiased: whether a smaller result averages all pixels of the part.
    ///   - seed: the seed of the random choices.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for values that are no pictures, other data types, a size below 1, ranges that are
    ///   empty, and an area beyond 1.
    public func randomlyResizedCropped(
        _ key: String, width: Int, height: Int, area: (Double, Double) = (0.08, 1),
        aspect: (Double, Double) = (3.0 / 4, 4.0 / 3), filter: ResizeFilter = .triangle, antialiased: Bool = true,
        seed: UInt64 = 0, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try PictureArguments.checkSize(width, height, key, "resized")
        try PictureArguments.checkRange(area, "areas", key, above: 0, to: 1)
        try PictureArguments.checkRange(aspect, "aspect ratios", key, above: 0, to: .infinity)
        let crop = RandomResizedCrop(
            width: width, height: height, area: area, aspect: aspect, filter: filter, isAntialiased: antialiased,
            seed: seed)
        return try adding(PictureTransform(crop, key: key, outputKey: outputKey ?? key))
    }
}

/// Crops a random part of a picture, and changes its size.
struct RandomResizedCrop: PictureOperation {
    let width: Int
    let height: Int
    let area: (Double, Double)
    let aspect: (Double, Double)
    let filter: ResizeFilter
    let isAntialiased: Bool
    let seed: UInt64?
    private let ratios: LogUniform

    init(
        width: Int, height: Int, area: (Double, Double), aspect: (Double, Double), filter: ResizeFilter,
        isAntialiased: Bool, seed: UInt64
    ) {
        self.width = width
        self.height = height
        self.area = area
        self.aspect = aspect
        self.filter = filter
        self.isAntialiased = isAntialiased
        self.seed = seed
        ratios = LogUniform(aspect.0, aspect.1)
    }

    var name: String { "random resized crop" }
    var extent: PictureExtent { .part }
    var isMovingPixels: Bool { filter == .nearest }
    var dtypes: [DType]? { filter.dtypes }

    func output(of field: Field, _ key: String) throws(ColonnadeError) -> Field {
        field.withPictureSize(height, width)
    }

    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork? {
        let part = part(of: shape, &random)
        if part.width == width, part.height == height { return part == shape.whole ? nil : .copy(part) }
        return .resize(PictureResize(part, width: width, height: height, filter: filter, isAntialiased: isAntialiased))
    }

    private func part(of shape: PictureShape, _ random: inout SplitMix64) -> PictureRegion {
        let pixels = Double(shape.width) * Double(shape.height)
        for _ in 0..<10 {
            let target = pixels * (area.0 + (area.1 - area.0) * random.unit())
            let ratio = ratios.next(&random)
            let width = (target * ratio).squareRoot().rounded(.toNearestOrEven)
            let height = (target / ratio).squareRoot().rounded(.toNearestOrEven)
            guard width >= 1, height >= 1, width <= Double(shape.width), height <= Double(shape.height) else {
                continue
            }
            let (partWidth, partHeight) = (Int(width), Int(height))
            let y = random.below(shape.height - partHeight + 1)
            let x = random.below(shape.width - partWidth + 1)
            return PictureRegion(x: x, y: y, width: partWidth, height: partHeight)
        }
        let ratio = Double(shape.width) / Double(shape.height)
        var (width, height) = (shape.width, shape.height)
        if ratio < aspect.0 {
            height = min(max(Int((Double(width) / aspect.0).rounded(.toNearestOrEven)), 1), height)
        } else if ratio > aspect.1 {
            width = min(max(Int((Double(height) * aspect.1).rounded(.toNearestOrEven)), 1), width)
        }
        return PictureRegion(x: (shape.width - width) / 2, y: (shape.height - height) / 2, width: width, height: height)
    }
}
