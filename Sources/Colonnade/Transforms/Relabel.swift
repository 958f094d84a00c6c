// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Replaces the numbers of one list of class names by those of another list.
struct Relabel: Transform {
    let key: String
    private let names: [String]
    /// The new number of each old one.
    private let table: [Int]

    /// Makes the transform; nil if no number changes. Throws `invalidArgument` for more names than the data type can
    /// number.
    ///
    /// - Parameter names: the new list, which includes all class names of the field.
    init?(_ field: Field, to names: [String]) throws(ColonnadeError) {
        guard case .classLabels(let old)? = field.meaning else { return nil }
        let numbers = NameMap(names.enumerated().map { ($1, $0) })
        let table = old.map { numbers[$0] ?? -1 }
        guard table != Array(old.indices) else { return nil }
        let bits = field.dtype.size * 8 - (field.dtype.isSignedInteger ? 1 : 0)
        guard bits > 62 || names.count <= 1 << bits else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(field.name)\" is \(field.typeDescription), which cannot number \(names.count) classes: cast all to a wider "
                    + "type first, such as int32")
        }
        key = field.name
        self.names = names
        self.table = table
    }

    var keys: [String] { [key] }
    var label: String { "relabel(\(key), \(names.count) classes)" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        var field = fields[0]
        field.meaning = .classLabels(names)
        return [field]
    }

    func stacked(_ fields: [Field]) -> (any Transform)? { self }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        do throws(RowFailure) { return try apply(stacked: values, context) } catch { throw error.error }
    }

    /// Returns the new numbers. In a signed type -1 means no class, and stays. Throws `invalidArgument` for any other
    /// number without a name.
    func apply(stacked values: [Tensor], _ context: StepContext) throws(RowFailure) -> [Tensor] {
        let dtype = values[0].dtype
        let old = try ClassNumbers(values[0], from: context.pool)
        var new: [Int64] = []
        new.reserveCapacity(old.numbers.count)
        for (index, label) in old.numbers.enumerated() {
            if label == -1, dtype.isSignedInteger {
                new.append(-1)
            } else if label >= 0, label < table.count {
                new.append(Int64(table[Int(label)]))
            } else {
                throw old.failure(
                    index,
                    ColonnadeError(
                        .invalidArgument,
                        "\"\(key)\" is \(label), which is out of range for its \(table.count) classes (0..<\(table.count))"
                    ))
            }
        }
        let result = Tensor(new, shape: values[0].shape)
        do throws(ColonnadeError) {
            return [try Conversion(from: .int64, to: dtype)(result, from: context.pool)]
        } catch {
            throw RowFailure(index: 0, error: error)
        }
    }
}
