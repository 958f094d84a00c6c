// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeFormat
import ColonnadeIngest

/// `name=value` on the command line.
struct Assignment<Value: AssignedValue>: ExpressibleByArgument {
    let name: String
    let value: Value

    init?(argument: String) {
        // Where values have no equals sign, a name may: the last one counts.
        let scalars = argument.unicodeScalars
        let sign = Value.mayContainEqualsSign ? scalars.firstIndex(of: "=") : scalars.lastIndex(of: "=")
        guard let sign, sign > argument.startIndex, let value = Value(assigned: Substring(scalars[sign...].dropFirst()))
        else { return nil }
        name = String(scalars[..<sign])
        self.value = value
    }
}

protocol AssignedValue {
    static var mayContainEqualsSign: Bool { get }
    init?(assigned text: Substring)
}

extension AssignedValue {
    static var mayContainEqualsSign: Bool { false }
}

extension String: AssignedValue {
    static var mayContainEqualsSign: Bool { true }
    init?(assigned text: Substring) { self = String(text) }
}

extension DType: AssignedValue {
    init?(assigned text: Substring) { self.init(name: String(text)) }
}

extension CodecID: AssignedValue {
    init?(assigned text: Substring) { self.init(name: String(text)) }
}

/// A number, or a fraction such as 1/255.
struct Factor: AssignedValue {
    let value: Double

    init?(assigned text: Substring) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let number = Double(parts[0]) else { return nil }
        var value = number
        if parts.count == 2 {
            guard let divisor = Double(parts[1]), divisor != 0 else { return nil }
            value = number / divisor
        }
        guard value.isFinite else { return nil }
        self.value = value
    }
}

/// Columns from one to another: `p0:p783`.
struct ColumnRange: AssignedValue {
    let first: String
    let last: String

    init?(assigned text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        first = String(parts[0])
        last = String(parts[1])
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

/// Names of columns with commas between them; `\,` is a comma in a name.
struct ColumnList: ExpressibleByArgument {
    let names: [String]

    init(names: [String]) { self.names = names }

    init?(argument: String) {
        guard !argument.holdsEscapedBytes else { return nil }
        var names = [String.UnicodeScalarView()]
        var isEscaped = false
        for character in argument.unicodeScalars {
            switch character {
            case "\\" where !isEscaped:
                isEscaped = true
                continue
            case "," where !isEscaped: names.append(String.UnicodeScalarView())
            case ",", "\\": names[names.count - 1].append(character)
            default:
                if isEscaped { names[names.count - 1].append("\\") }
                names[names.count - 1].append(character)
            }
            isEscaped = false
        }
        if isEscaped { names[names.count - 1].append("\\") }
        guard names.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.names = names.map { String($0) }
    }
}

extension ColumnList: CustomStringConvertible {
    var description: String {
        let escaped = names.map { name in
            String(
                String.UnicodeScalarView(name.unicodeScalars.flatMap { $0 == "," || $0 == "\\" ? ["\\", $0] : [$0] }))
        }
        return escaped.joined(separator: ",")
    }
}

extension [ColumnList] {
    var names: [String] { flatMap(\.names) }
}
