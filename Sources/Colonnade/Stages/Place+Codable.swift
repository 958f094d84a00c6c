// SPDX-License-Identifier: Apache-2.0

/// A place as one short string, since a mixture of hundreds of streams has as many places in it.
///
/// First its shape: how many numbers and upstreams, the upstreams' shapes, or one for all of them. Then the numbers: those of
/// upstreams of one shape side by side, each as so many bits above the least of them as the largest takes.
extension Place: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let place = Place(coded: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a position is damaged")
        }
        self = place
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

    /// Nil for a string that is not one of a place.
    init?(coded text: String) {
        var digits = DigitReader(text)
        var room = Shape.most
        guard let shape = Shape(&digits, &room, depth: 0), let place = shape.readPlaces(1, &digits)?.first,
            digits.isAtEnd
        else { return nil }
        self = place
    }
}
