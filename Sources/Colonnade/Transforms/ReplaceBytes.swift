// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Replaces each byte of a value by other bytes.
struct ReplaceBytes: Transform {
    let key: String
    let outputKey: String
    let map: [[UInt8]]

    var keys: [String] { [key] }
    var label: String { "replace bytes(\(key))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        guard !fields[0].isPaddedText else {
            throw ColonnadeError(
                .invalidArgument, "the bytes of \"\(key)\", which is text, are replaced before it is batched")
        }
        return [Field(outputKey, kind: fields[0].kind == .string && keepsText ? .string : .bytes)]
    }

    /// Whether the result of a text is text: each ASCII character becomes text, and the bytes of other characters are
    /// all kept or all removed.
    private var keepsText: Bool {
        let (ascii, others) = (map.prefix(128), map.dropFirst(128))
        guard ascii.allSatisfy(\.isText) else { return false }
        return others.allSatisfy(\.isEmpty)
            || others.count == 128 && others.enumerated().allSatisfy { $0.element == [UInt8($0.offset + 128)] }
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        var result: [UInt8] = []
        for byte in values[0].rawBytes where Int(byte) < map.count { result += map[Int(byte)] }
        return [Tensor(result)]
    }
}
