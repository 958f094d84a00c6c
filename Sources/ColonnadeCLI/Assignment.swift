// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest

/// An argument of the form `name=value`.
struct Assignment<Value: AssignedValue>: ExpressibleByArgument {
    let name: String
    let value: Value

    init?(argument: String) {
        // If values cannot contain an equals sign, names can, and the last sign separates them.
        let scalars = argument.unicodeScalars
        let sign = Value.mayContainEqualsSign ? scalars.firstIndex(of: "=") : scalars.lastIndex(of: "=")
        guard let sign, sign > argument.startIndex, let value = Value(assigned: Substring(scalars[sign...].dropFirst()))
        else { return nil }
        name = String(scalars[..<sign])
        self.value = value
    }
}

extension Sequence {
    /// Returns the values by name. Throws `invalidArgument` for a name that occurs twice.
    func unique<Value>(_ option: String) throws -> NameMap<Value> where Element == Assignment<Value> {
        var result: NameMap<Value> = [:]
        // Only the values of labels are file names, which need not be UTF-8.
        for assignment in self {
            let value = option == "--labels" ? nil : assignment.value as? String
            guard assignment.name.holdsEscapedBytes || value?.holdsEscapedBytes == true else { continue }
            throw ColonnadeError(
                .invalidArgument, "\(option) of \"\(assignment.name)\" is not UTF-8: give a text that is")
        }
        for assignment in self where result.updateValue(assignment.value, forName: assignment.name) != nil {
            throw ColonnadeError(
                .invalidArgument, "\(option) is given twice for \"\(assignment.name)\": leave one out")
        }
        return result
    }
}
