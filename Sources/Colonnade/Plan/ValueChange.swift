// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A change of the values of samples or batches, or of their keys, that leaves their number and order as they are.
enum ValueChange: Sendable {
    case adding(any Transform)
    case selecting([String])
    case copying(String, to: String)
    case renaming(String, to: String)

    /// Returns a program with the change. Throws `unknownKey` or `invalidArgument`.
    func callAsFunction(_ program: Program) throws(ColonnadeError) -> Program {
        switch self {
        case .adding(let transform): try program.adding(transform)
        case .selecting(let keys): try program.selecting(keys)
        case .copying(let key, let name): try program.copying(key, to: name)
        case .renaming(let key, let name): try program.renaming(key, to: name)
        }
    }
}
