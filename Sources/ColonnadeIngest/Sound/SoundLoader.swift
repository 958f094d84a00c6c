// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// Reads the sound of files: those that values name, or the values themselves.
struct SoundLoader: Sendable {
    /// Nil if the values are the contents.
    let files: NamedFiles?

    /// Returns numbers about the sound of a value. Of a file, only the headers are read.
    func information(_ information: SoundInformation, _ value: Tensor) throws(ColonnadeError) -> Tensor {
        try opened(value) { (layout, _) throws(ColonnadeError) in information.value(layout) }
    }

    /// Returns the sound of a value as float32 from -1 to 1, one row for each frame. Throws `unsupported` for another number of frames
    /// per second than `rate`, unless that is nil.
    func sound(_ value: Tensor, rate: Int?, _ pool: TensorPool) throws(ColonnadeError) -> Tensor {
        try opened(value) { (layout, read) throws(ColonnadeError) in
            guard layout.rate == rate ?? layout.rate else {
                throw ColonnadeError(
                    .unsupported,
                    "it has \(layout.rate) frames in a second, and resampling to \(rate ?? 0) is not there yet: convert "
                        + "the file")
            }
            return try SoundLoader.floats(try read(layout.range, pool), layout, pool)
        }
    }

    private typealias ReadTensor = (Range<Int>, TensorPool) throws(ColonnadeError) -> Tensor

    /// Calls `body` with the layout of the sound, and with a function that reads bytes of the file as uint8.
    private func opened(
        _ value: Tensor, _ body: (SoundLayout, ReadTensor) throws(ColonnadeError) -> Tensor
    ) throws(ColonnadeError) -> Tensor {
        guard let files else {
            let part = { (range: Range<Int>, _: TensorPool) throws(ColonnadeError) -> Tensor in
                Tensor(
                    dtype: .uint8, shape: [range.count], storage: value.storage,
                    byteOffset: value.byteOffset + range.lowerBound)
            }
            let pool = TensorPool(keeping: 0)
            let layout = try SoundLayout(byteCount: value.byteCount) { (range) throws(ColonnadeError) in
                try part(range, pool).rawBytes
            }
            return try body(layout, part)
        }
        do throws(ColonnadeError) {
            let path = try files.path(value)
            let file = try RegularFile(path: path)
            do throws(ColonnadeError) {
                let layout = try SoundLayout(byteCount: file.byteCount) { (range) throws(ColonnadeError) in
                    try file.read(range)
                }
                return try body(layout) { (range, pool) throws(ColonnadeError) in try file.read(range, from: pool) }
            } catch {
                throw error.located(in: path)
            }
        } catch {
            throw error.namingFile
        }
    }

    /// Converts samples as they are in a file to float32.
    private static func floats(
        _ bytes: Tensor, _ layout: SoundLayout, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        let width = layout.encoding.byteCount
        let shape = [layout.frameCount, layout.channelCount]
        var samples: Tensor
        if width == 3 {
            samples = widened(bytes.rawBytes, isBigEndian: layout.isBigEndian)
        } else if layout.isBigEndian && width > 1 || bytes.storage.isBorrowed || bytes.byteOffset % width != 0 {
            // Memory of others may be at any address.
            var copy = bytes.rawBytes
            if layout.isBigEndian { ElementBytes.swap(&copy, from: 0, size: width) }
            samples = Tensor(copy)
        } else {
            samples = bytes
        }
        let conversion: Conversion
        switch layout.encoding {
        case .float32:
            return Tensor(dtype: .float32, shape: shape, storage: samples.storage, byteOffset: samples.byteOffset)
        case .float64: conversion = Conversion(from: .float64, to: .float32)
        case .unsigned8: conversion = Conversion(from: .uint8, to: .float32, scales: [1.0 / 128], offsets: [-1])
        case .signed(1): conversion = Conversion(from: .int8, to: .float32, scales: [1.0 / 128])
        case .signed(2): conversion = Conversion(from: .int16, to: .float32, scales: [1.0 / 32768])
        case .signed: conversion = Conversion(from: .int32, to: .float32, scales: [1.0 / 2_147_483_648])
        }
        samples = Tensor(
            dtype: conversion.source, shape: shape, storage: samples.storage, byteOffset: samples.byteOffset)
        return try conversion(samples, from: pool)
    }

    /// Returns integers of 24 bits as the upper bits of int32.
    private static func widened(_ bytes: [UInt8], isBigEndian: Bool) -> Tensor {
        var words: [Int32] = []
        words.reserveCapacity(bytes.count / 3)
        for start in stride(from: 0, to: bytes.count - 2, by: 3) {
            let (first, last) = isBigEndian ? (start + 2, start) : (start, start + 2)
            let word = UInt32(bytes[first]) << 8 | UInt32(bytes[start + 1]) << 16 | UInt32(bytes[last]) << 24
            words.append(Int32(bitPattern: word))
        }
        return Tensor(words)
    }
}
