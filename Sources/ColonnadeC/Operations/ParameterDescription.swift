// SPDX-License-Identifier: Apache-2.0

internal import CColonnade

/// The declaration of an argument, without the type of its value.
struct ParameterDescription: Sendable {
    let name: String
    /// The number of the kind, one of the constants `COLONNADE_INTEGER` and following.
    let kind: Int32
    /// The name of the kind.
    let kindName: String
    /// The purpose of a function, as a number of the constants `COLONNADE_MAKES_…`, `COLONNADE_DECIDES` and
    /// `COLONNADE_UNPACKS`; 0 for other kinds.
    let function: Int32
    /// The default as JSON; nil if the argument is required.
    let fallback: String?

    /// Whether the values are pipelines.
    var isOfPipelines: Bool { kind == Int32(COLONNADE_PIPELINES) }
    /// Whether the value is a list, also where it has one element.
    var isOfList: Bool { [COLONNADE_INTEGERS, COLONNADE_NUMBERS, COLONNADE_TEXTS].contains(Int(kind)) }

    init<Value>(_ name: String, _ kind: ArgumentKind<Value>, fallback: String?) {
        self.name = name
        self.kind = kind.number
        kindName = kind.name
        function = kind.function
        self.fallback = fallback
    }
}
