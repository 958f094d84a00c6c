// SPDX-License-Identifier: Apache-2.0

/// A cursor state as one short string: a mixture of hundreds of streams has as many states in it.
///
/// First its shape: how many numbers and upstreams, the upstreams' shapes, or one for all of them. Then the numbers: those of
/// upstreams of one shape side by side, each as so many bits above the least of them as the largest takes.
extension CursorState: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let state = CursorState(coded: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a position is damaged")
        }
        self = state
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(coded)
    }

    var coded: String {
        var digits = DigitWriter()
        let shape = Shape(self)
        shape.write(&digits)
        shape.writeNumbers(of: [self], &digits)
        return digits.text
    }

    /// Reads a string that `coded` gave; nil for another.
    init?(coded text: String) {
        var digits = DigitReader(text)
        var capacity = Shape.largestSize
        guard let shape = Shape(&digits, &capacity, depth: 0), let state = shape.readStates(1, &digits)?.first,
            digits.isAtEnd
        else { return nil }
        self = state
    }
}
