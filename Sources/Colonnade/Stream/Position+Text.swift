// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A position as one line of ASCII, for where there is no JSON: `p1.4f2a.77.2a.3.1536.(1536)`. Data set, pipeline and seed
/// are hexadecimal, epoch and samples decimal; then the places of the stages, each its numbers and the places before it.
extension Position: LosslessStringConvertible {
    public var description: String {
        let seed = seed.map { String($0, radix: 16) } ?? "-"
        return
            "p1.\(String(dataset, radix: 16)).\(String(pipeline, radix: 16)).\(seed).\(epoch).\(samples).\(place.text)"
    }

    /// Nil for a text that is none. Whether it fits a pipeline is seen when it is used.
    public init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 7, parts[0] == "p1", let dataset = UInt64(parts[1], radix: 16),
            let pipeline = UInt64(parts[2], radix: 16), parts[3] == "-" || UInt64(parts[3], radix: 16) != nil,
            let epoch = Int(parts[4]), let samples = Int(parts[5])
        else { return nil }
        var rest = parts[6].utf8[...]
        guard let place = Place(reading: &rest, depth: 0), rest.isEmpty else { return nil }
        self.init(
            dataset: dataset, pipeline: pipeline, seed: UInt64(parts[3], radix: 16), epoch: epoch, samples: samples,
            place: place)
    }
}

extension Place {
    fileprivate var text: String {
        "(\(numbers.map { String($0) }.joined(separator: ","))\(upstreams.map(\.text).joined()))"
    }

    /// Chains are not deeper than this; a text that is would only exhaust the stack.
    private static let deepest = 1000

    fileprivate init?(reading text: inout Substring.UTF8View, depth: Int) {
        guard depth < Place.deepest, text.popFirst() == UInt8(ascii: "(") else { return nil }
        self.init(numbers: [])
        let list = text.prefix { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") }
        text = text[list.endIndex...]
        if !list.isEmpty {
            for number in Substring(list).split(separator: ",", omittingEmptySubsequences: false) {
                guard let value = Int(number) else { return nil }
                numbers.append(value)
            }
        }
        while text.first == UInt8(ascii: "(") {
            guard let place = Place(reading: &text, depth: depth + 1) else { return nil }
            upstreams.append(place)
        }
        guard text.popFirst() == UInt8(ascii: ")") else { return nil }
    }
}
