// SPDX-License-Identifier: Apache-2.0

/// A picture that is decoded with a half, a quarter or an eighth of its height and width, rounded up.
struct PictureReduction {
    /// The pixels of the picture for each pixel of the reduced one, in one direction: 2, 4 or 8.
    let factor: Int
    let width: Int
    let height: Int
    /// The place in the reduced picture where the picture starts, in its pixels: the first pixel, and not the last one, is incomplete if
    /// the picture was turned after it was reduced.
    private let start: (x: Double, y: Double)

    init(_ picture: EncodedPicture, by factor: Int) {
        func start(_ size: Int, _ isMirrored: Bool) -> Double {
            isMirrored ? Double(-size & (factor - 1)) / Double(factor) : 0
        }
        self.factor = factor
        width = (picture.width + factor - 1) / factor
        height = (picture.height + factor - 1) / factor
        self.start = (start(picture.width, picture.mirroring.across), start(picture.height, picture.mirroring.down))
    }

    /// Returns the pixels that cover a region of the picture, and the region in them.
    func covering(_ region: PictureRegion) -> (pixels: PictureRegion, box: PictureBox) {
        let scale = Double(factor)
        let (x, y) = (start.x + Double(region.x) / scale, start.y + Double(region.y) / scale)
        let (across, down) = (Double(region.width) / scale, Double(region.height) / scale)
        let (left, top) = (Int(x), Int(y))
        let right = min(Int((x + across).rounded(.up)), width)
        let bottom = min(Int((y + down).rounded(.up)), height)
        return (
            PictureRegion(x: left, y: top, width: right - left, height: bottom - top),
            PictureBox(x: x - Double(left), y: y - Double(top), width: across, height: down)
        )
    }
}
