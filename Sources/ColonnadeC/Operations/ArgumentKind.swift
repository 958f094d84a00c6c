// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

/// A kind of argument: its number for C, its name in words, and the function that reads its values.
struct ArgumentKind<Value: Sendable>: Sendable {
    typealias Reader = @Sendable (_ value: Arguments.Value, _ name: String) throws(ColonnadeError) -> Value?

    let number: Int32
    let name: String
    /// The purpose of a function, as a number of the constants `COLONNADE_MAKES_…`, `COLONNADE_DECIDES` and
    /// `COLONNADE_UNPACKS`; 0 for other kinds.
    let function: Int32
    /// A function that returns the value, or nil for a value of another kind.
    let read: Reader
    /// A function that returns a value as JSON, for documentation.
    let literal: @Sendable (Value) -> String

    init(
        _ number: Int, _ name: String, function: Int = 0, literal: @escaping @Sendable (Value) -> String = { "\($0)" },
        _ read: @escaping Reader
    ) {
        self.number = Int32(number)
        self.name = name
        self.function = Int32(function)
        self.read = read
        self.literal = literal
    }
}
