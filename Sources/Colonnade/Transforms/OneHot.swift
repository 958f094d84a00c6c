// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore

extension Pipelined {
    /// Encodes each integer of `key` as a row of `count` numbers with a 1 at the index of the class, and 0 elsewhere.
    ///
    /// If the column has class names, -1 means no class and becomes a row of zeros.
    ///
    /// - Parameters:
    ///   - key: the integers.
    ///   - count: the number of classes. If nil, the number of class names of the column.
    ///   - dtype: the data type of the result.
    ///   - outputKey: the key of the result, if the integers must stay.
    /// - Throws: `unknownKey`; `invalidArgument` unless they are integers and the number of classes is known and at least 1, and
    ///   while running, with the row, for a number that is no class.
    public func oneHot(
        _ key: String, count: Int? = nil, to dtype: DType = .float32, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        var labels: Int?
        if case .classLabels(let names) = try schema.field(named: key).meaning { labels = names.count }
        guard let count = count ?? labels else {
            throw ColonnadeError(
                .invalidArgument, "\"\(key)\" has no class names: give the number of its classes")
        }
        guard count >= 1, count <= 1 << 24 else {
            throw ColonnadeError(
                .invalidArgument,
                "the number of classes of \"\(key)\" must be from 1 to \(1 << 24), not \(count)")
        }
        let knowsMissing = labels != nil
        return try adding(
            OneHot(key: key, outputKey: outputKey ?? key, classes: count, dtype: dtype, knowsMissing: knowsMissing))
    }
}

/// Encodes integers as rows with a single 1.
struct OneHot: Transform {
    let key: String
    let outputKey: String
    let classes: Int
    let dtype: DType
    /// Whether -1 means no class, as it does in columns with class names.
    let knowsMissing: Bool

    var keys: [String] { [key] }
    var label: String { "one-hot(\(key), \(classes))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        guard fields[0].kind == .tensor, !fields[0].dtype.isFloatingPoint else {
            throw ColonnadeError(
                .invalidArgument, "\"\(key)\" is \(fields[0].typeDescription), but only integers can be made one-hot")
        }
        return [Field(outputKey, dtype, fields[0].shape + [classes])]
    }

    func stacked(_ fields: [Field]) -> (any Transform)? { self }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        do throws(RowFailure) { return try apply(stacked: values, context) } catch { throw error.error }
    }

    /// Returns the encoded values. Throws `invalidArgument` for a number that is not one of the classes.
    func apply(stacked values: [Tensor], _ context: StepContext) throws(RowFailure) -> [Tensor] {
        let labels = try ClassNumbers(values[0], from: context.pool)
        let minimum = knowsMissing ? -1 : 0
        if let wrong = labels.numbers.firstIndex(where: { $0 < minimum || $0 >= classes }) {
            throw labels.failure(
                wrong,
                ColonnadeError(
                    .invalidArgument,
                    "\"\(key)\" is \(labels.numbers[wrong]), which is out of range for \(classes) classes (0..<\(classes))"
                ))
        }
        do throws(ColonnadeError) {
            return [
                try Tensor.oneHot(
                    labels.numbers.map { Int($0) }, classes, dtype, shape: values[0].shape + [classes],
                    from: context.pool, key)
            ]
        } catch {
            throw RowFailure(index: 0, error: error)
        }
    }
}
