// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

/// A kind of argument: its number for C, its name in words, and the function that reads its values.
struct ArgumentKind<Value: Sendable>: Sendable {
    typealias Reader = @Sendable (_ value: Arguments.Value, _ name: String) throws(ColonnadeError) -> Value?

    let number: Int32
    let name: String
    /// What a function does, as `COLONNADE_MAKES_VALUES` and the following number it; 0 for other kinds.
    let function: Int32
    /// Returns the value, or nil for a value of another kind.
    let read: Reader
    /// Returns a value as JSON, for documentation.
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
