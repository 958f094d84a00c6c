// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

/// The declaration of one argument of an operation in the table: its name, its kind, and its default.
struct Parameter<Value: Sendable>: Sendable {
    /// The declaration without its type, for documentation and for C.
    let description: ParameterDescription
    /// The value if the argument is not given; nil if the argument is required.
    let fallback: Value?
    /// A function that reads the value of a named argument, and returns nil for a value of another kind.
    let read: @Sendable (Arguments.Value, String) throws(ColonnadeError) -> Value?

    /// Declares a required argument.
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
            // The outer optional is nil for a value of another kind. The inner optional is the value.
            try kind.read(value, name).map { .some($0) }
        }
    }
}
