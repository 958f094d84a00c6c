// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A small JSON text as a tree, for descriptions in headers and metadata, and for plans.
package indirect enum JSONValue: Sendable, Hashable {
    case object(NameMap<JSONValue>)
    case array([JSONValue])
    case string(String)
    /// The text of the value as it is written.
    case number(String)
    case bool(Bool)
    case null

    /// Parses a text. Throws `invalidSource` if it is not JSON.
    package init(parsing bytes: [UInt8]) throws(ColonnadeError) {
        guard bytes.count < 1 << 30 else { throw ColonnadeError(.invalidSource, "a JSON text of more than 1 GiB") }
        let nodes = try JSONParser.parse(bytes)
        self = Self.value(0, nodes, bytes)
    }

    private static func value(_ index: Int, _ nodes: [JSONNode], _ bytes: [UInt8]) -> JSONValue {
        let node = nodes[index]
        var children: [Int] = []
        var child = index + 1
        while child < Int(node.next) {
            children.append(child)
            child = Int(nodes[child].next)
        }
        switch node.kind {
        case .null: return .null
        case .yes: return .bool(true)
        case .no: return .bool(false)
        case .number: return .number(String(decoding: bytes.span.extracting(node.range)))
        case .string: return .string(text(node, bytes))
        case .array: return .array(children.map { value($0, nodes, bytes) })
        case .object:
            var members: NameMap<JSONValue> = [:]
            for pair in stride(from: 0, to: children.count - 1, by: 2) {
                members[text(nodes[children[pair]], bytes)] = value(children[pair + 1], nodes, bytes)
            }
            return .object(members)
        }
    }

    private static func text(_ node: JSONNode, _ bytes: [UInt8]) -> String {
        String(decoding: JSONText.bytes(of: node, in: bytes.span), as: UTF8.self)
    }

    package subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { return members[key] }
        return nil
    }

    package var elements: [JSONValue]? {
        if case .array(let elements) = self { return elements }
        return nil
    }

    package var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    package var integer: Int? {
        if case .number(let text) = self { return Int(text) }
        return nil
    }
}
