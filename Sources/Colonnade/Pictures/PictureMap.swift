// SPDX-License-Identifier: Apache-2.0

/// A linear map of places of a result to places of a picture. Both are relative to the centres, in pixels.
struct PictureMap: Equatable, Sendable {
    /// How a coordinate follows from a place: across × `across` + down × `down` + `shift`.
    struct Coordinate: Equatable, Sendable {
        var across: Double
        var down: Double
        var shift = 0.0
    }

    var x = Coordinate(across: 1, down: 0)
    var y = Coordinate(across: 0, down: 1)
}

extension PictureMap {
    /// Makes the map that turns a picture clockwise by an angle.
    init(sine: Double, cosine: Double) {
        x = Coordinate(across: cosine, down: sine)
        y = Coordinate(across: -sine, down: cosine)
    }
}
