// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The samples of a file without compression: their place, and how numbers are stored there.
struct PCMAudio: Sendable {
    /// The kind of the numbers that samples are.
    enum Number: Sendable { case unsigned, signed, float }

    let info: AudioInfo
    let number: Number
    /// The number of bytes of a sample.
    let sampleBytes: Int
    let isBigEndian: Bool
    var frameBytes: Int { sampleBytes * info.channelCount }
    /// The bytes of the samples in the file, frame after frame.
    let data: Range<Int>

    /// Checks that the numbers have a size that exists, that the samples fill whole frames, and that they are in the file.
    ///
    /// - Parameters:
    ///   - bits: the bits of a sample. The unused low bits of its last byte are 0.
    ///   - frameCount: the number of frames that the header tells; nil if it tells only bytes.
    /// - Returns: nil if the size of the numbers does not exist, so that another decoder may know it.
    init?(
        _ number: Number, bits: Int, isBigEndian: Bool, channels: Int, rate: Int, frames frameCount: Int? = nil,
        data: Range<Int>
    ) throws(ColonnadeError) {
        sampleBytes = (bits + 7) / 8
        switch number {
        case .unsigned: guard sampleBytes == 1 else { return nil }
        case .signed: guard (1...4).contains(sampleBytes) else { return nil }
        case .float: guard bits == 32 || bits == 64 else { return nil }
        }
        guard channels > 0, (1...Resampler.highestRate).contains(rate) else {
            throw .damagedAudio("it has \(channels) channels and \(rate) frames in a second")
        }
        let frameBytes = channels * sampleBytes
        let frames = frameCount ?? data.count / frameBytes
        guard frames.saturatingProduct(frameBytes) <= data.count else {
            throw .damagedAudio("its header tells \(frames) frames, and \(data.count) bytes of them follow")
        }
        guard frameCount != nil || data.count == frames * frameBytes else {
            throw .damagedAudio("its last frame has \(data.count % frameBytes) of \(frameBytes) bytes")
        }
        info = AudioInfo(frameCount: frames, channelCount: channels, sampleRate: rate)
        self.number = number
        self.isBigEndian = isBigEndian
        self.data = data.lowerBound..<data.lowerBound + frames * frameBytes
    }
}
