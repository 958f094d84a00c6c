// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A group of fixed columns whose values are stored together, row by row (section 5.2).
package struct GroupDescriptor: Sendable, Hashable {
    package var stride: Int
    package var codec: CodecID

    package init(stride: Int, codec: CodecID) {
        self.stride = stride
        self.codec = codec
    }

    func encode(_ writer: inout ByteWriter) {
        writer.count(stride)
        writer.integer(codec.rawValue)
        writer.zeros(7)
    }

    /// Reads a descriptor, and checks rules R15 and R20 as far as one group shows them.
    init(_ reader: inout ByteReader) throws(ColonnadeError) {
        let start = reader.offset
        stride = try reader.count("a stride", rule: 20)
        guard stride <= FormatLimits.stride else { throw .broken(20, "a group has rows of \(stride) bytes", at: start) }
        let number = try reader.integer(UInt8.self, "codec")
        guard let codec = CodecID(rawValue: number) else {
            throw .unknown(15, "a group has the unknown codec \(number)", at: start + 8)
        }
        self.codec = codec
        try reader.zeros(7, rule: 12)
    }
}
