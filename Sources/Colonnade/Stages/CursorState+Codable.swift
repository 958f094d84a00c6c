// SPDX-License-Identifier: Apache-2.0

/// The short string form of a cursor state. A mixture of hundreds of streams has hundreds of states, so the form is
/// compact.
///
/// The string begins with the shape: the number of numbers, the number of upstreams, and the shapes of the upstreams,
/// or a single shape if all are equal. Then come the numbers. Corresponding numbers of states with a common shape form
/// a column: see `DigitWriter.write(column:)`.
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

    /// Parses a value of `coded`. Returns nil for any other string.
    init?(coded text: String) {
        var digits = DigitReader(text)
        var capacity = Shape.largestSize
        guard let shape = Shape(&digits, &capacity, depth: 0), let state = shape.readStates(1, &digits)?.first,
            digits.isAtEnd
        else { return nil }
        self = state
    }
}
