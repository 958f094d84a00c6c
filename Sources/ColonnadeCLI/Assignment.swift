// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest

/// `name=value` on the command line.
struct Assignment<Value: AssignedValue>: ExpressibleByArgument {
    let name: String
    let value: Value

    init?(argument: String) {
        // Where values cannot have an equals sign, names can: the last sign separates them.
        let scalars = argument.unicodeScalars
        let sign = Value.mayContainEqualsSign ? scalars.firstIndex(of: "=") : scalars.lastIndex(of: "=")
        guard let sign, sign > argument.startIndex, let value = Value(assigned: Substring(scalars[sign...].dropFirst()))
        else { return nil }
        name = String(scalars[..<sign])
        self.value = value
    }
}

extension Sequence {
    /// By name; throws `invalidArgument` for one that is given twice.
    func unique<Value>(_ option: String) throws -> NameMap<Value> where Element == Assignment<Value> {
        var result: NameMap<Value> = [:]
        // The values of labels are file names, and the only ones that need not be UTF-8.
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
