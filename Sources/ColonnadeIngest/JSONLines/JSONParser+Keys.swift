// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension JSONParser {
    /// Refuses an object that has a key twice, and forgets its keys.
    mutating func checkKeys(_ text: Span<UInt8>, from first: Int) throws(ColonnadeError) {
        let count = keys.count - first
        if count <= 24 {
            for later in first..<keys.count {
                for earlier in first..<later
                where JSONText.areEqual(nodes[Int(keys[earlier])], nodes[Int(keys[later])], text) {
                    throw repeated(JSONText.bytes(of: nodes[Int(keys[later])], in: text))
                }
            }
        } else {
            // In order, equal keys are neighbours.
            let sorted = keys[first...].map { JSONText.bytes(of: nodes[Int($0)], in: text) }.sorted {
                $0.lexicographicallyPrecedes($1)
            }
            for index in 1..<sorted.count where sorted[index] == sorted[index - 1] {
                throw repeated(sorted[index])
            }
        }
        keys.removeSubrange(first...)
    }

    private func repeated(_ key: [UInt8]) -> ColonnadeError {
        let name = String(quoting: key.span)
        return ColonnadeError(.invalidSource, "the key \(name) occurs twice in an object; rename one")
    }
}
