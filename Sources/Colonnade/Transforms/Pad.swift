// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore

extension Pipelined {
    /// Adds elements before and after the values of `key` in one dimension (negative: from the end).
    ///
    /// Throws `unknownKey`; `invalidArgument` for a negative number, a dimension that does not exist, or a value that the data type
    /// cannot hold.
    public func padded(
        _ key: String, dimension: Int, before: Int = 0, after: Int = 0, value: Double = 0, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try adding(Pad(self, key, outputKey, dimension, .by(before: before, after: after), value))
    }

    /// Pads the values of `key` at the end of one dimension to at least `size` elements; longer values stay as they are.
    ///
    /// Throws as `padded` does.
    public func padded(
        _ key: String, dimension: Int, toSize size: Int, value: Double = 0, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try adding(Pad(self, key, outputKey, dimension, .toSize(size), value))
    }

    /// Pads the values of `key` at the end of one dimension to a multiple of `divisor` elements; empty values stay empty.
    ///
    /// Throws as `padded` does, and for a divisor below 1.
    public func padded(
        _ key: String, dimension: Int, toMultipleOf divisor: Int, value: Double = 0, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try adding(Pad(self, key, outputKey, dimension, .toMultiple(of: divisor), value))
    }
}

/// Adds elements in one dimension.
struct Pad: Transform {
    enum Amount: Sendable {
        case by(before: Int, after: Int)
        case toSize(Int)
        case toMultiple(of: Int)

        /// The amount in words, with the least that is possible.
        var description: String {
            switch self {
            case .by(let before, let after):
                "by \(before) elements before it and \(after) after it: give at least 0"
            case .toSize(let size): "to \(size) elements: give at least 0"
            case .toMultiple(let divisor): "to a multiple of \(divisor) elements: give at least 1"
            }
        }
    }

    let key: String
    let outputKey: String
    private let dimension: Int
    private let amount: Amount
    private let value: Double
    private let isText: Bool
    private var leading = 0

    init(
        _ samples: some Pipelined, _ key: String, _ outputKey: String?, _ dimension: Int, _ amount: Amount,
        _ value: Double
    ) throws(ColonnadeError) {
        let field = try samples.schema.field(named: key)
        self.key = key
        self.outputKey = outputKey ?? key
        self.dimension = try Shapes.counted(dimension, of: field.shape.count, key)
        self.amount = amount
        self.value = value
        let isRight =
            switch amount {
            case .by(let before, let after): before >= 0 && after >= 0
            case .toSize(let size): size >= 0
            case .toMultiple(let divisor): divisor >= 1
            }
        guard isRight else {
            throw ColonnadeError(.invalidArgument, "\"\(key)\" cannot be padded \(amount.description)")
        }
        try field.checkPadding(value)
        // In a batch of texts, padding with 0 means the padding of texts: the byte 255, which is not valid in UTF-8.
        isText = field.isPaddedText && value == 0
    }

    var keys: [String] { [key] }
    var label: String { "pad(\(key))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        var field = fields[0].reshaped(outputKey, to: fields[0].shape)
        if let size = field.shape[dimension] { field.shape[dimension] = try padded(size).size }
        return [field]
    }

    private func padded(_ size: Int) throws(ColonnadeError) -> (before: Int, size: Int) {
        func sum(_ numbers: Int...) throws(ColonnadeError) -> Int {
            var total = 0
            for number in numbers {
                let (next, overflow) = total.addingReportingOverflow(number)
                guard !overflow, next <= Padding.limit else {
                    throw ColonnadeError(
                        .invalidArgument, "\"\(key)\" cannot be padded to more elements than memory has")
                }
                total = next
            }
            return total
        }
        switch amount {
        case .by(let before, let after): return (before, try sum(before, size, after))
        case .toSize(let length): return (0, try sum(max(size, length)))
        case .toMultiple(let divisor):
            let rest = size % divisor
            return (0, rest == 0 ? size : try sum(size, divisor - rest))
        }
    }

    func stacked(_ fields: [Field]) -> (any Transform)? {
        var copy = self
        copy.leading += 1
        return copy
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let (before, size) = try padded(values[0].shape[leading + dimension])
        var shape = values[0].shape
        guard size != shape[leading + dimension] else { return values }
        shape[leading + dimension] = size
        var origin = shape.map { _ in 0 }
        origin[leading + dimension] = before
        return [try values[0].placed(in: shape, at: origin, filling: isText ? 255 : value, from: context.pool, key)]
    }
}
