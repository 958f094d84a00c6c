// SPDX-License-Identifier: Apache-2.0

/// What is said of an argument whatever the type of its value.
struct ParameterDescription: Sendable {
    let name: String
    /// The kind as `COLONNADE_INTEGER` and the following number them.
    let kind: Int32
    /// The kind in words.
    let kindName: String
    /// What a function does, as `COLONNADE_MAKES_VALUES` and the following number it; 0 for other kinds.
    let function: Int32
    /// The default as JSON; nil if the argument must be given.
    let fallback: String?

    init<Value>(_ name: String, _ kind: ArgumentKind<Value>, fallback: String?) {
        self.name = name
        self.kind = kind.number
        kindName = kind.name
        function = kind.function
        self.fallback = fallback
    }
}
