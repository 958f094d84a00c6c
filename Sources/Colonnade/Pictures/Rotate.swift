// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
public import ColonnadeCore

extension Pipelined {
    /// Turns a picture clockwise about its centre. Each pixel of the result is the pixel of the picture in which its centre lies, or
    /// zeros outside the picture.
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, channels), or videos of shape (frames, height, width, channels), with 1 to 4
    ///     channels and any data type.
    ///   - degrees: the angle. Multiples of 90 lose no pixel.
    ///   - keepingSize: whether the result has the size of the picture, so that corners are cut. Otherwise it contains the
    ///     complete turned picture, with sizes rounded down.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for values that are no pictures, and for an angle that is not finite.
    public func rotated(
        _ key: String, degrees: Double, keepingSize: Bool = false, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        guard degrees.isFinite else {
            throw ColonnadeError(.invalidArgument, "\"\(key)\" cannot be turned by \(degrees) degrees")
        }
        let rotate = Rotate(degrees: degrees, isKeepingSize: keepingSize)
        return try adding(PictureTransform(rotate, key: key, outputKey: outputKey ?? key))
    }
}

/// Turns a picture about its centre.
struct Rotate: PictureOperation {
    private let sine: Double
    private let cosine: Double
    private let isKeepingSize: Bool

    init(degrees: Double, isKeepingSize: Bool) {
        let direction = colonnade_direction_of(degrees)
        (sine, cosine) = (direction.sine, direction.cosine)
        self.isKeepingSize = isKeepingSize
    }

    var name: String { "rotate" }

    func output(of field: Field, _ key: String) throws(ColonnadeError) -> Field {
        if isKeepingSize { return field }
        let size = field.pictureSize
        guard let width = size.width, let height = size.height else { return field.withPictureSize(nil, nil) }
        let result = try resultSize(width, height, key)
        return field.withPictureSize(result.height, result.width)
    }

    private func resultSize(
        _ width: Int, _ height: Int, _ key: String
    ) throws(ColonnadeError) -> (width: Int, height: Int) {
        if isKeepingSize { return (width, height) }
        let (across, down) = (Double(width), Double(height))
        let (sine, cosine) = (abs(sine), abs(cosine))
        // Sums that are whole numbers, but for their rounding, count as these numbers.
        let result = (
            width: max(Int(across * cosine + down * sine + 1e-6), 1),
            height: max(Int(across * sine + down * cosine + 1e-6), 1)
        )
        try PictureArguments.checkSize(result.width, result.height, key, "turned")
        return result
    }

    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork? {
        if cosine == 1 { return nil }
        let size = try resultSize(shape.width, shape.height, key)
        return .map(PictureMap(sine: sine, cosine: cosine), width: size.width, height: size.height)
    }
}
