// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore

extension Pipelined {
    /// Converts the elements of `key` to another data type. Integers are truncated to its bits. Floating-point numbers are rounded
    /// towards zero and clamped to its range, and NaN becomes 0. For bool, every number except zero is true.
    ///
    /// A `scaled` or `normalized` right after it is computed in the same pass over memory, as part of reading if possible. Numbers
    /// are computed in float32, or in float64 if the result is float64, and then converted.
    ///
    /// Throws `unknownKey`, or `invalidArgument` for bytes and strings before `batched`.
    public func cast(_ key: String, to dtype: DType) throws(ColonnadeError) -> Self {
        let field = try schema.field(named: key)
        return try adding(Convert(key: key, dtype: dtype, isPaddedText: field.isPaddedText))
    }

    /// Multiplies the elements of `key` by `factor` and adds `offset`. Throws `unknownKey`, or `invalidArgument` unless the elements
    /// are floating-point numbers and both arguments are finite.
    public func scaled(_ key: String, by factor: Double, offset: Double = 0) throws(ColonnadeError) -> Self {
        try adding(Convert(key: key, scales: [factor], offsets: offset == 0 ? [] : [offset]))
    }

    /// Normalizes each channel of `key`: (value − mean) ÷ deviation, computed as value × (1 ÷ deviation) + (−mean ÷ deviation).
    /// Integers become float32.
    ///
    /// - Parameters:
    ///   - key: the value to normalize.
    ///   - mean: one number, or one for each channel.
    ///   - deviation: one number, or one for each channel.
    ///   - axis: the dimension of the channels, which has a fixed size; negative counts from the end.
    /// - Throws: `unknownKey`; `invalidArgument` for numbers that do not fit the channels, a mean that is not finite, or a deviation that
    ///   is not finite or not above 0.
    public func normalized(
        _ key: String, mean: [Double], deviation: [Double], axis: Int = -1
    ) throws(ColonnadeError) -> Self {
        guard !mean.isEmpty, mean.count == deviation.count else {
            throw ColonnadeError(.invalidArgument) {
                "\($0.meanAndDeviation) must be equally long and not empty; they have \(mean.count) and \(deviation.count) numbers"
            }
        }
        guard deviation.allSatisfy({ $0 != 0 }) else {
            throw ColonnadeError(
                .invalidArgument, "a standard deviation is 0, which normalizes nothing: leave out constant channels")
        }
        if let wrong = deviation.first(where: { !($0 > 0 && $0.isFinite) }) {
            throw ColonnadeError(
                .invalidArgument, "a standard deviation is \(wrong): it must be a finite number above 0")
        }
        if let wrong = mean.first(where: { !$0.isFinite }) {
            throw ColonnadeError(.invalidArgument, "a mean is \(wrong): it must be a finite number")
        }
        let field = try schema.field(named: key)
        let dtype: DType? = field.dtype.isFloatingPoint ? nil : .float32
        return try adding(
            Convert(
                key: key, dtype: dtype, scales: deviation.map { 1 / $0 },
                offsets: zip(mean, deviation).map { -$0 / $1 },
                axis: axis))
    }
}

extension Pipelined {
    /// Normalizes with the mean and standard deviation of all elements of the column, which the file stores. Throws `invalidArgument`
    /// also if the samples are not those of one file or data set, or an earlier step has changed the values.
    public func normalized(_ key: String) throws(ColonnadeError) -> Self {
        let index = try schema.index(of: key)
        guard let plan = rowPlan, plan.program.outputs[index] < plan.program.columnCount,
            let statistics = plan.source.statistics(ofColumn: plan.program.outputs[index])
        else {
            throw ColonnadeError(.invalidArgument) {
                "the statistics of \"\(key)\" are known only of a column of a file, before it is changed: give \($0.meanAndDeviation)"
            }
        }
        let field = schema[index]
        guard field.kind == .tensor else {
            throw ColonnadeError(
                .invalidArgument, "\"\(key)\" is \(field.typeDescription), and only numbers are normalized")
        }
        guard statistics.deviation > 0 else {
            throw ColonnadeError(
                .invalidArgument,
                "the elements of \"\(key)\" are all equal, or none is finite: there is nothing to normalize")
        }
        return try normalized(key, mean: [statistics.mean], deviation: [statistics.deviation])
    }
}

/// Casts to a data type, and multiplies and adds, channel by channel.
struct Convert: Transform {
    let key: String
    /// The data type of the result; nil if it does not change.
    var dtype: DType?
    /// The factors: none, one, or one for each channel.
    var scales: [Double] = []
    var offsets: [Double] = []
    /// The dimension of the channels, if there are several.
    var axis = -1
    /// Whether the values are strings in a batch, whose padding becomes 0.
    var isPaddedText = false

    var keys: [String] { [key] }

    var label: String {
        var words = [key]
        if let dtype { words.append(dtype.name) }
        if scales.count > 1 {
            words.append("\(scales.count) channels")
        } else if let scale = scales.first {
            words.append("× \(scale)\(offsets.first.map { " + \($0)" } ?? "")")
        }
        return "\(scales.isEmpty ? "cast" : "scale")(\(words.joined(separator: ", ")))"
    }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        let field = fields[0]
        guard field.kind == .tensor || field.shape != [nil] else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" is \(field.typeDescription), but only numbers can be cast or scaled")
        }
        var result = field
        if let dtype {
            result.dtype = dtype
            result.kind = .tensor
            result.meaning = field.meaning(as: dtype)
        }
        guard scales.isEmpty || result.dtype.isFloatingPoint else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" is \(result.dtype.name), but only floating-point numbers can be scaled: cast it to float32 first"
            )
        }
        guard let wrong = (scales + offsets).first(where: { !isComputable($0, result.dtype) }) else {
            _ = try inner(of: field)
            return [result]
        }
        let reason = wrong.isFinite ? ": float32, which computes it, holds no such number: cast to float64 first" : ""
        throw ColonnadeError(.invalidArgument, "\"\(key)\" cannot be scaled by \(wrong)\(reason)")
    }

    /// Returns whether a number is neither infinite nor rounded to zero in the data type of the computation.
    private func isComputable(_ number: Double, _ target: DType) -> Bool {
        let computed = target == .float64 ? number : Double(Float(number))
        return computed.isFinite && (computed != 0 || number == 0)
    }

    /// Returns the number of consecutive elements of one channel.
    private func inner(of field: Field) throws(ColonnadeError) -> Int {
        guard scales.count > 1 else { return 1 }
        let dimension = axis < 0 ? axis + field.shape.count : axis
        guard field.shape.indices.contains(dimension), field.shape[dimension] == scales.count,
            !field.shape[(dimension + 1)...].contains(nil)
        else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" is \(field.typeDescription): dimension \(axis) does not have \(scales.count) channels, or a "
                    + "dimension after it varies")
        }
        return Field(key, field.dtype, Array(field.shape[(dimension + 1)...])).fixedElementCount
    }

    /// Returns the conversion for reading a column; nil if the channels are not those of each row, or if the values are
    /// padded text.
    func conversion(of field: Field, isOnBatch: Bool) -> Conversion? {
        var convert = self
        if isOnBatch, axis >= 0 {
            guard axis > 0 || scales.count < 2 else { return nil }
            convert.axis -= 1
        }
        guard !isPaddedText, let inner = try? convert.inner(of: field) else { return nil }
        return Conversion(from: field.dtype, to: dtype ?? field.dtype, scales: scales, offsets: offsets, inner: inner)
    }

    var ignoresLeadingDimension: Bool { scales.count < 2 || axis < 0 }

    var convert: Convert? { self }

    func fused(with next: any Transform) -> (any Transform)? {
        // A cast and a later scale become one conversion, and so do two scales. A scale and a later cast do not, since
        // the cast rounds the scaled value.
        guard let next = next.convert else { return nil }
        if scales.isEmpty, dtype != nil, next.dtype == nil {
            return Convert(
                key: key, dtype: dtype, scales: next.scales, offsets: next.offsets, axis: next.axis,
                isPaddedText: isPaddedText)
        }
        guard !scales.isEmpty, next.dtype == nil, !next.scales.isEmpty else { return nil }
        let count = max(scales.count, next.scales.count)
        guard scales.count == 1 || next.scales.count == 1 || axis == next.axis else { return nil }
        func at(_ numbers: [Double], _ index: Int) -> Double {
            numbers.isEmpty ? 0 : numbers[numbers.count == 1 ? 0 : index]
        }
        let hasOffsets = !offsets.isEmpty || !next.offsets.isEmpty
        let products = (0..<count).map { at(scales, $0) * at(next.scales, $0) }
        let sums = hasOffsets ? (0..<count).map { at(offsets, $0) * at(next.scales, $0) + at(next.offsets, $0) } : []
        // A product of two computable factors may not be computable.
        guard (products + sums).allSatisfy({ isComputable($0, .float32) }) else { return nil }
        return Convert(
            key: key, dtype: dtype, scales: products, offsets: sums, axis: scales.count > 1 ? axis : next.axis,
            isPaddedText: isPaddedText)
    }

    func stacked(_ fields: [Field]) -> (any Transform)? {
        var copy = self
        if axis >= 0 { copy.axis += 1 }
        return copy
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let tensor = try isPaddedText ? values[0].withoutTextPadding(from: context.pool) : values[0]
        let target = dtype ?? tensor.dtype
        if target == tensor.dtype, scales.isEmpty { return values }
        let field = Field(key, tensor.dtype, tensor.shape)
        let conversion = Conversion(
            from: tensor.dtype, to: target, scales: scales, offsets: offsets, inner: try inner(of: field))
        return [try conversion(tensor, from: context.pool)]
    }
}

extension Field {
    /// Whether the values are strings in a batch, padded to one length with `Field.padding`.
    var isPaddedText: Bool { kind == .string && shape.count > 1 }
}
