// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// An orientation of EXIF, 1 (upright) to 8: where each pixel of the upright picture is stored.
struct ImageOrientation {
    private let number: Int
    /// The size of the stored picture.
    private let width: Int
    private let height: Int

    init(_ number: Int, of header: ImageHeader) {
        self.number = number
        (width, height) = (header.width, header.height)
    }

    var isUpright: Bool { number == 1 }

    /// Whether rows are stored as columns.
    private var isTurned: Bool { number > 4 }

    /// The size of the upright picture.
    var uprightSize: (width: Int, height: Int) { isTurned ? (height, width) : (width, height) }

    /// Whether left and right, and top and bottom, of the upright picture are stored in the opposite order.
    var mirroring: (across: Bool, down: Bool) { ([2, 3, 6, 7].contains(number), [3, 4, 7, 8].contains(number)) }

    /// Returns the row and column where a pixel of the upright picture is stored.
    func stored(_ row: Int, _ column: Int) -> (row: Int, column: Int) {
        switch number {
        case 2: (row, width - 1 - column)
        case 3: (height - 1 - row, width - 1 - column)
        case 4: (height - 1 - row, column)
        case 5: (column, row)
        case 6: (height - 1 - column, row)
        case 7: (height - 1 - column, width - 1 - row)
        case 8: (column, width - 1 - row)
        default: (row, column)
        }
    }

    /// Returns the region where the pixels of a region of the upright picture are stored.
    func stored(_ region: PictureRegion) -> PictureRegion {
        let first = stored(region.y, region.x)
        let last = stored(region.y + region.height - 1, region.x + region.width - 1)
        return PictureRegion(
            x: min(first.column, last.column), y: min(first.row, last.row),
            width: abs(first.column - last.column) + 1, height: abs(first.row - last.row) + 1)
    }
}
