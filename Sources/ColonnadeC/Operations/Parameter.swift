// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

/// One argument of an operation as the table declares it: its name, its kind, and its default.
struct Parameter<Value: Sendable>: Sendable {
    /// The declaration without its type, for documentation and for C.
    let description: ParameterDescription
    /// The value where the argument is not given; nil if it must be given.
    let fallback: Value?
    /// Reads the value of the argument of a name; returns nil for a value of another kind.
    let read: @Sendable (Arguments.Value, String) throws(ColonnadeError) -> Value?

    /// Declares an argument that must be given.
    static func need(_ name: String, _ kind: ArgumentKind<Value>) -> Self {
        Self(description: ParameterDescription(name, kind, fallback: nil), fallback: nil, read: kind.read)
    }

    /// Declares an argument with a default.
    static func option(_ name: String, _ kind: ArgumentKind<Value>, or fallback: Value) -> Self {
        Self(
            description: ParameterDescription(name, kind, fallback: kind.literal(fallback)), fallback: fallback,
            read: kind.read)
    }

    /// Declares an argument that is nil unless it is given.
    static func option<Wrapped>(
        _ name: String, _ kind: ArgumentKind<Wrapped>
    ) -> Self where Value == Wrapped? {
        Self(description: ParameterDescription(name, kind, fallback: "null"), fallback: .some(nil)) {
            (value, name) throws(ColonnadeError) in
            // A value of another kind is nil outside; a value that was read is inside.
            try kind.read(value, name).map { .some($0) }
        }
    }
}
