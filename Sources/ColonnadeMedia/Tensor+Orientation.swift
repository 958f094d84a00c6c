// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension Tensor {
    /// Returns a picture, `[height, width, channels]` of uint8, turned and mirrored from an orientation of EXIF (1 to 8) to upright.
    func turnedUpright(_ orientation: Int, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        guard (2...8).contains(orientation) else { return self }
        let (height, width, channels) = (shape[0], shape[1], shape[2])
        let (rows, columns) = orientation > 4 ? (width, height) : (height, width)
        let storage = try pool.take(byteCount: byteCount)
        let target = unsafe storage.mutableBytes
        unsafe withUnsafeBytes { source in
            for row in 0..<rows {
                for column in 0..<columns {
                    let (fromRow, fromColumn): (Int, Int)
                    switch orientation {
                    case 2: (fromRow, fromColumn) = (row, width - 1 - column)
                    case 3: (fromRow, fromColumn) = (height - 1 - row, width - 1 - column)
                    case 4: (fromRow, fromColumn) = (height - 1 - row, column)
                    case 5: (fromRow, fromColumn) = (column, row)
                    case 6: (fromRow, fromColumn) = (height - 1 - column, row)
                    case 7: (fromRow, fromColumn) = (height - 1 - column, width - 1 - row)
                    default: (fromRow, fromColumn) = (column, width - 1 - row)
                    }
                    let from = (fromRow * width + fromColumn) * channels
                    let to = (row * columns + column) * channels
                    for channel in 0..<channels { unsafe target[to + channel] = source[from + channel] }
                }
            }
        }
        return Tensor(dtype: .uint8, shape: [rows, columns, channels], storage: storage)
    }
}
