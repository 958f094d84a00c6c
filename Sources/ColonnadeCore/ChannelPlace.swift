// SPDX-License-Identifier: Apache-2.0

/// The dimension of the channels of decoded pictures and sound. A batch pads the sizes of pictures and the lengths of sound, and never
/// their channels: a gray picture is not a red one.
package enum ChannelPlace: Sendable {
    /// The last dimension.
    case last
    /// The dimension before height and width.
    case first
    /// Either of them: a function of the user has changed the values.
    case unknown

    /// Returns the place after a change that may have moved the channels of a picture. Two dimensions do not show which one has them.
    package static func ofUnknownChange(toRank rank: Int) -> ChannelPlace? { rank >= 3 ? .unknown : nil }

    /// The most channels of a picture file, and of values that a function of the user has changed.
    private static let mostChannels = 4

    /// The dimensions of a picture, for messages; nil if they are not known.
    package var dimensions: String? {
        switch self {
        case .last: "(height, width, channels)"
        case .first: "(channels, height, width)"
        case .unknown: nil
        }
    }

    /// The place at the other end of pictures of a shape, if their channels are there: it has few elements, and this place has many. In
    /// pictures of several sizes the varying dimensions are those with many.
    package func other(in shape: [Int?]) -> ChannelPlace? {
        guard shape.count == 3 else { return nil }
        func isFew(_ size: Int?) -> Bool { size.map { 1...Self.mostChannels ~= $0 } ?? false }
        func isMany(_ size: Int?) -> Bool { size.map { $0 > Self.mostChannels } ?? (shape[1] == nil) }
        switch self {
        case .last: return isFew(shape[0]) && isMany(shape[2]) ? .first : nil
        case .first: return isFew(shape[2]) && isMany(shape[0]) ? .last : nil
        case .unknown: return nil
        }
    }

    /// Returns the dimension in which two values have different numbers of channels; nil if there is none.
    package func difference(between shape: [Int], and other: [Int]) -> Int? {
        guard shape.count == other.count, shape.count >= 2 else { return nil }
        let last = shape.count - 1
        let first = max(last - 2, 0)
        func differ(_ dimension: Int) -> Bool { shape[dimension] != other[dimension] }
        switch self {
        case .last: return differ(last) ? last : nil
        case .first: return differ(first) ? first : nil
        case .unknown:
            // Only the channels are few.
            return [last, first].first { dimension in
                differ(dimension)
                    && (first...last).allSatisfy { each in
                        let isSmall = max(shape[each], other[each]) <= Self.mostChannels
                        return isSmall == (each == dimension)
                    }
            }
        }
    }
}
