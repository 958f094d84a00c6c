// SPDX-License-Identifier: Apache-2.0

extension RawSpan {
    func isEqual(to other: [UInt8]) -> Bool {
        byteCount == other.count
            && byteOffsets.allSatisfy { unsafe unsafeLoad(fromByteOffset: $0, as: UInt8.self) == other[$0] }
    }
}
