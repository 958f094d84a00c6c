// SPDX-License-Identifier: Apache-2.0

/// A map from names to values, where names are compared by their bytes.
///
///     var types: NameMap<DType> = ["label": .uint8]
///     types["image"] = .float32
///
/// Its interface is that of a dictionary. Iteration is in the order of the names' bytes, and costs O(n log n).
public struct NameMap<Value> {
    private var values: [ExactName: Value] = [:]

    public init() {}

    /// Makes a map of pairs. If a name occurs several times, its last value is used.
    public init(_ pairs: some Sequence<(String, Value)>) {
        for (name, value) in pairs { values[ExactName(name)] = value }
    }

    public var isEmpty: Bool { values.isEmpty }
    public var count: Int { values.count }

    /// The names, in the order of their bytes.
    public var names: [String] { values.keys.sorted().map(\.text) }

    public subscript(name: String) -> Value? {
        get { values[ExactName(name)] }
        set { values[ExactName(name)] = newValue }
    }

    /// Sets a value, and returns the value that it replaces, or nil.
    @discardableResult
    public mutating func updateValue(_ value: Value, forName name: String) -> Value? {
        values.updateValue(value, forKey: ExactName(name))
    }

    /// Removes a value and returns it, or nil if there is none.
    @discardableResult
    public mutating func removeValue(forName name: String) -> Value? { values.removeValue(forKey: ExactName(name)) }

    public func mapValues<Result>(_ transform: (Value) -> Result) -> NameMap<Result> {
        NameMap<Result>(map { ($0.name, transform($0.value)) })
    }

    public func filter(_ isIncluded: (_ name: String, _ value: Value) -> Bool) -> NameMap {
        var copy = self
        copy.values = values.filter { isIncluded($0.key.text, $0.value) }
        return copy
    }

    /// Returns the values of both maps. If both have a name, the value of `other` is used.
    public func merging(_ other: NameMap) -> NameMap {
        var merged = self
        merged.values.merge(other.values) { $1 }
        return merged
    }
}

extension NameMap: Sequence {
    public func makeIterator() -> some IteratorProtocol<(name: String, value: Value)> {
        values.sorted { $0.key < $1.key }.map { (name: $0.key.text, value: $0.value) }.makeIterator()
    }
}

extension NameMap: ExpressibleByDictionaryLiteral {
    /// Makes a map of a dictionary literal. Traps if a name occurs twice.
    public init(dictionaryLiteral elements: (String, Value)...) {
        for (name, value) in elements {
            precondition(updateValue(value, forName: name) == nil, "\"\(name)\" occurs twice in a dictionary literal")
        }
    }
}

extension NameMap: Sendable where Value: Sendable {}
extension NameMap: Equatable where Value: Equatable {}
extension NameMap: Hashable where Value: Hashable {}
