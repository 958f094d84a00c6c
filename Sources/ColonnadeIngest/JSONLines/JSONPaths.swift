// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The keys that the objects of a file have, as a tree; its leaves are columns.
struct JSONPaths: Sendable {
    struct Node: Sendable {
        /// Flattened, with dots.
        let name: String
        let key: [UInt8]
        /// Whether the name was declared with a type: then whatever is there is a value.
        let isDeclared: Bool
        var children: [Int] = []
        /// The node of each key, where there are many children.
        var table: [[UInt8]: Int] = [:]
        /// The last record that has this key.
        var lastRecord = 0
        var objects = 0
        var firstObject = 0
    }

    private(set) var nodes: [Node] = [Node(name: "", key: [], isDeclared: false)]
    private let declared: Set<ExactName>

    static let columnLimit = 65_535

    init(declared: Set<ExactName>) { self.declared = declared }

    /// Returns the child of `parent` with that key, where `hint` says which one of the children to try first; nil if
    /// there is none.
    @inline(__always)
    func find(_ key: Span<UInt8>, in parent: Int, hint: Int) -> Int? {
        let children = nodes[parent].children
        if hint < children.count, nodes[children[hint]].key.equals(key) { return children[hint] }
        return search(key, in: parent)
    }

    private func search(_ key: Span<UInt8>, in parent: Int) -> Int? {
        guard nodes[parent].table.isEmpty else { return nodes[parent].table[[UInt8](key)] }
        return nodes[parent].children.first { nodes[$0].key.equals(key) }
    }

    /// Adds a child. Throws `invalidSource` for an empty key, and when there are too many.
    mutating func add(_ key: Span<UInt8>, to parent: Int) throws(ColonnadeError) -> Int {
        guard key.count > 0 else { throw ColonnadeError(.invalidSource, "a key is empty; give it a name") }
        guard nodes.count <= Self.columnLimit else {
            throw ColonnadeError(
                .invalidSource,
                "there are more than \(Self.columnLimit) different keys; if they are data, make them values")
        }
        let bytes = [UInt8](key)
        let name = (parent == 0 ? "" : nodes[parent].name + ".") + String(decoding: key)
        guard name.utf8.count < 65_536 else {
            throw ColonnadeError(.invalidSource, "a key is longer than 65,535 bytes; shorten it")
        }
        let child = nodes.count
        nodes.append(Node(name: name, key: bytes, isDeclared: declared.contains(ExactName(name))))
        nodes[parent].children.append(child)
        if nodes[parent].children.count == 12 {
            for sibling in nodes[parent].children { nodes[parent].table[nodes[sibling].key] = sibling }
        } else if nodes[parent].children.count > 12 {
            nodes[parent].table[bytes] = child
        }
        return child
    }

    mutating func noteObject(_ node: Int, record: Int) {
        if nodes[node].objects == 0 { nodes[node].firstObject = record }
        nodes[node].objects += 1
    }

    mutating func note(_ node: Int, record: Int) { nodes[node].lastRecord = record }

    /// All nodes but the root, parents and earlier keys first.
    var inOrder: [Int] {
        var order: [Int] = []
        var open = Array(nodes[0].children.reversed())
        while let node = open.popLast() {
            order.append(node)
            open.append(contentsOf: nodes[node].children.reversed())
        }
        return order
    }
}
