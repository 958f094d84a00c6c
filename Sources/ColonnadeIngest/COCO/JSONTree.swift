// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A parsed JSON text of any size, whose values are read where they are.
struct JSONTree: Sendable {
    private let text: [UInt8]
    private let nodes: [JSONNode]

    /// Throws `invalidSource` for a text that is not JSON.
    init(_ text: [UInt8]) throws(ColonnadeError) {
        nodes = try JSONParser.parse(text)
        self.text = text
    }

    func kind(_ node: Int) -> JSONNode.Kind { nodes[node].kind }

    /// Returns the elements of an array; nil for another value.
    func elements(_ node: Int) -> [Int]? { nodes[node].kind == .array ? children(node) : nil }

    /// Returns the values of an object by their keys; nil for another value.
    func members(_ node: Int) -> [String: Int]? {
        guard nodes[node].kind == .object else { return nil }
        var members: [String: Int] = [:]
        let children = children(node)
        for pair in stride(from: 0, to: children.count - 1, by: 2) {
            members[text(children[pair]) ?? ""] = children[pair + 1]
        }
        return members
    }

    /// Returns the characters of a text; nil for another value.
    func text(_ node: Int) -> String? {
        guard nodes[node].kind == .string else { return nil }
        return String(decoding: JSONText.bytes(of: nodes[node], in: text.span), as: UTF8.self)
    }

    /// Returns an integer; nil for another value.
    func integer(_ node: Int) -> Int? { number(node).flatMap { Int($0) } }

    /// Returns a finite number; nil for another value.
    func double(_ node: Int) -> Double? { number(node).flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } }

    private func number(_ node: Int) -> String? {
        nodes[node].kind == .number ? String(decoding: text.span.extracting(nodes[node].range)) : nil
    }

    private func children(_ node: Int) -> [Int] {
        var children: [Int] = []
        var child = node + 1
        while child < Int(nodes[node].next) {
            children.append(child)
            child = Int(nodes[child].next)
        }
        return children
    }
}
