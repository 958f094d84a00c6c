// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest

/// The stream type of Colonnade, since Foundation also has a type with this name.
typealias Stream = Colonnade.Stream

/// Returns the outcomes of a pass in order: samples as texts by key, and errors as printed.
func outcomes(of stream: Stream) -> [String] {
    var pass = stream.makeIterator()
    var found: [String] = []
    while true {
        do {
            guard let sample = try pass.next() else { return found }
            found.append(text(of: sample))
        } catch {
            found.append("\(error)")
        }
    }
}

func text(of sample: Sample) -> String {
    zip(sample.keys, sample.tensors).map { key, tensor in
        let bytes = (try? tensor.elements(as: UInt8.self)) ?? []
        return "\(key)=\(String(decoding: bytes, as: UTF8.self))"
    }.joined(separator: "|")
}

/// Expects that a pass that resumes after any of its outcomes gives the remaining ones.
func expectResumable(_ stream: Stream) throws -> Bool {
    let all = outcomes(of: stream)
    var pass = stream.makeIterator()
    for done in 0...all.count {
        guard outcomes(of: try stream.resumed(at: pass.position)) == Array(all[done...]) else { return false }
        _ = try? pass.next()
    }
    return true
}

/// Returns a gzip file that stores the bytes uncompressed.
func gzipped(_ bytes: [UInt8]) -> [UInt8] {
    var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
    var start = 0
    repeat {
        let count = min(bytes.count - start, 65_535)
        file.append(start + count == bytes.count ? 1 : 0)
        for part in [count, ~count] { file += [UInt8(part & 255), UInt8(part >> 8 & 255)] }
        file += bytes[start..<start + count]
        start += count
    } while start < bytes.count
    var checksum = UInt32.max
    for byte in bytes {
        checksum ^= UInt32(byte)
        for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    for number in [~checksum, UInt32(bytes.count)] {
        for shift in [0, 8, 16, 24] { file.append(UInt8(number >> UInt32(shift) & 255)) }
    }
    return file
}
