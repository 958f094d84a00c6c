// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

extension Buffer {
    /// Returns a number for each sample, in the order of epoch 0: the numbers of two samples compare as the values of the key
    /// do, and are equal for equal values. NaN comes after all other numbers. Texts and bytes compare by their bytes.
    ///
    /// Throws `unknownKey`; `invalidArgument` for a key that is neither a scalar nor text nor bytes; and the errors of making
    /// a sample. O(bytes); O(samples × log samples) for texts.
    func sortCodes(of key: String) throws(ColonnadeError) -> [UInt64] {
        let field = schema[try schema.index(of: key)]
        if field.kind != .tensor, field.shape.count == 1 { return try textCodes(of: key) }
        guard field.shape.isEmpty else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" is \(field.typeDescription), and only single numbers, bools, texts and bytes can be compared"
            )
        }
        if field.dtype.isFloatingPoint {
            return try codes(key, .float64, Double.self) { number in
                guard !number.isNaN else { return .max }
                // Adding zero makes -0 a 0. The bits of negative numbers grow as the numbers fall.
                let bits = (number + 0).bitPattern
                return bits >> 63 == 1 ? ~bits : bits | 1 << 63
            }
        }
        if field.dtype.isSignedInteger {
            return try codes(key, .int64, Int64.self) { UInt64(bitPattern: $0) ^ 1 << 63 }
        }
        return try codes(key, .uint64, UInt64.self) { $0 }
    }

    private func codes<Scalar: TensorScalar>(
        _ key: String, _ dtype: DType, _ type: Scalar.Type, _ code: (Scalar) -> UInt64
    ) throws(ColonnadeError) -> [UInt64] {
        let values = try selecting([key]).cast(key, to: dtype).checkedColumn(key)
        let codes = try values.withSpan(as: type) { (values) throws(ColonnadeError) in
            values.indices.map { code(values[$0]) }
        }
        try checkIntact()
        return codes
    }

    private func textCodes(of key: String) throws(ColonnadeError) -> [UInt64] {
        let texts = try texts(of: key)
        let sorted = texts.indices.sorted { texts[$0].lexicographicallyPrecedes(texts[$1]) }
        var codes = [UInt64](repeating: 0, count: texts.count)
        var code: UInt64 = 0
        for (last, index) in zip(sorted, sorted.dropFirst()) {
            if texts[last] != texts[index] { code += 1 }
            codes[index] = code
        }
        return codes
    }

    /// Returns the bytes of each text, in the order of epoch 0.
    func texts(of key: String) throws(ColonnadeError) -> [[UInt8]] {
        let samples = try selecting([key])
        var texts: [[UInt8]] = []
        texts.reserveCapacity(count)
        var meter = InterruptMeter()
        for index in 0..<count {
            let text = try samples[index].tensors[0].elements(as: UInt8.self)
            try meter.advanceByRow(of: text.count)
            texts.append(text)
        }
        return texts
    }
}
