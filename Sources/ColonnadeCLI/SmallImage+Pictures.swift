// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeIngest
import ColonnadeMedia

extension SmallImage {
    /// The longer side of a picture that is made smaller, in pixels. Two or three of them fit beside each other in a terminal.
    private static let side = 40

    /// Makes a small image of a picture, whether a column stores its pixels or its file. Returns nil for a value that is no picture,
    /// or a damaged one.
    init?(picture tensor: Tensor, _ field: Field) {
        let pixels: Tensor
        if case .media(let type) = field.meaning {
            guard type.utf8.starts(with: "image/".utf8), let file = try? tensor.elements(as: UInt8.self),
                let decoded = try? MediaFiles().pixels(of: file)
            else { return nil }
            pixels = decoded
        } else {
            guard field.kind == .tensor, tensor.rank == 2 || tensor.rank == 3 && [1, 3].contains(tensor.shape[2]) else {
                return nil
            }
            pixels = tensor
        }
        self.init(SmallImage.fitted(pixels))
    }

    /// Returns pixels in a size that can be drawn, where that is possible.
    private static func fitted(_ pixels: Tensor) -> Tensor {
        guard pixels.dtype == .uint8, pixels.rank == 3, max(pixels.shape[0], pixels.shape[1]) > sides.upperBound else {
            return pixels
        }
        return (try? pixels.fittedPicture(side: side, from: TensorPool(keeping: 0))) ?? pixels
    }
}
