// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeMedia
import FuzzSupport

@main struct FuzzAudio {
    static func main() {
        fuzz { (bytes) throws(ColonnadeError) in
            let info = try AudioDecoder.info(bytes.span)
            let samples = try AudioDecoder(AudioOptions(sampleRate: 8_000, channels: .mono)).decode(bytes.span)
            precondition(samples.shape[0] == info.frameCount * 8_000 / info.sampleRate, "another number of frames")
        }
    }
}
