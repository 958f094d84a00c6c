// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

extension ConvertedSource {
    /// Converts the values of one column to another type, and checks that each survives.
    struct Conversion {
        let source: Field
        let target: Field
        private let cast: ElementCast?
        private let timeCast: TimeCast?

        /// By how much the bytes of a row may grow.
        var growth: Int { (target.dtype.size + source.dtype.size - 1) / source.dtype.size }

        init(from source: Field, to type: RequestedType) throws(ColonnadeError) {
            self.source = source
            func failure(_ why: String) -> ColonnadeError {
                ColonnadeError(
                    .invalidArgument,
                    "column \"\(source.name)\" is \(source.typeDescription) and cannot become \(type): \(why)")
            }
            if type.kind != .tensor || source.kind != .tensor {
                let target =
                    type.kind == .tensor
                    ? Field(source.name, type.dtype, type.shape ?? [nil]) : Field(source.name, kind: type.kind)
                guard target.dtype == .uint8, target.shape == [nil], source.dtype == .uint8, source.shape == [nil]
                else {
                    throw failure("bytes and strings come from uint8[?], and become that")
                }
                self.target = target
                cast = nil
                timeCast = nil
                return
            }
            let shape = type.shape ?? source.shape
            let isSame = shape == source.shape
            let isReshaped =
                !source.isRagged && !shape.contains(nil)
                && Field("", .uint8, shape).fixedElementCount == source.fixedElementCount
            guard isSame || isReshaped else {
                throw failure("only a shape of as many elements can take the place of another")
            }
            let meaning = type.time.map(Field.Meaning.time) ?? source.meaning(as: type.dtype)
            target = Field(source.name, type.dtype, shape, meaning: meaning)
            if let old = source.time, let new = type.time {
                guard let between = TimeCast(from: old, to: new) else { throw failure("\(old) means something else") }
                timeCast = between
                cast = nil
                return
            }
            guard type.time == nil || !source.dtype.isFloatingPoint && source.dtype != .bool else {
                throw failure("times are whole numbers of a unit")
            }
            timeCast = nil
            cast = type.dtype == source.dtype ? nil : ElementCast(source: source.dtype, target: type.dtype)
        }

        func apply(
            to column: inout ColumnChunk, rows: Int, firstRow: Int, source name: String, because: String?
        ) throws(ColonnadeError) {
            if cast != nil || timeCast != nil {
                var converted: [UInt8] = []
                let misfit =
                    cast?.convert(column.values, appendingTo: &converted)
                    ?? timeCast?.convert(column.values, appendingTo: &converted)
                if let misfit {
                    let byte = misfit.index * source.dtype.size
                    let row = source.fixedByteCount.map { byte / $0 } ?? column.ends.firstIndex { $0 > byte } ?? 0
                    let remedy =
                        because.map {
                            "the column became \(target.dtype.name) \($0); make the sources alike (--type \(target.name)=…)"
                        } ?? "ask for a wider type (--type \(target.name)=…), or keep \(source.dtype.name)"
                    throw ColonnadeError(
                        .invalidSource, "\(misfit.value) \(misfit.reason): \(remedy)",
                        at: .record(source: name, record: firstRow + row + 1, column: target.name))
                }
                column.values = converted
                for row in column.ends.indices {
                    column.ends[row] = column.ends[row] / source.dtype.size * target.dtype.size
                }
            }
            if target.kind == .string, source.kind != .string {
                var start = 0
                for (row, end) in column.ends.enumerated() {
                    if let bad = column.values.span.extracting(start..<end).firstInvalidUTF8 {
                        throw ColonnadeError(
                            .invalidSource,
                            "byte \(bad) of the value (0x\(String(column.values[start + bad], radix: 16))) is not UTF-8: "
                                + "make it bytes (--type \(target.name)=bytes)",
                            at: .record(source: name, record: firstRow + row + 1, column: target.name))
                    }
                    start = end
                }
            }
        }
    }
}
