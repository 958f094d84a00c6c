// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeMedia
import FuzzSupport

@main struct FuzzImage {
    static func main() {
        fuzz { (bytes) throws(ColonnadeError) in
            let header = try ImageHeader(of: bytes)
            // Decoding a large picture takes too long for a fuzzer.
            guard header.width * header.height <= 1 << 20 else { return }
            let pixels = try ImageDecoder(ImageOptions(alpha: .keep)).decode(bytes)
            precondition(
                pixels.count == header.width * header.height * header.channels, "another size than in the header")
            let upright = try ImageDecoder().decode(bytes)
            precondition(upright.rank == 3, "no picture")
        }
    }
}
