// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeIngest

/// Values of arguments as JSON, by the kind that the table of operations has for each.
///
/// Texts and names may be any bytes: a byte that is not UTF-8 is the character U+10FE00 + byte, as in texts of file names.
/// Numbers that JSON has no form for are the strings `NaN`, `Infinity` and `-Infinity`.
enum PlanValue {
    // MARK: Text

    static func text(_ bytes: [UInt8]) -> String { String(fileName: bytes) }
    static func text(_ text: String) -> String { String(fileName: Array(text.utf8)) }

    // MARK: Writing

    static func write(_ value: Arguments.Value, _ parameter: ParameterDescription, _ json: inout JSONWriter) {
        switch value {
        case .integers(let integers): write(integers, parameter, &json) { write($0, parameter, &$1) }
        case .numbers(let numbers): write(numbers, parameter, &json) { write($0, &$1) }
        case .texts(let texts): write(texts, parameter, &json) { $1.value(text($0)) }
        case .keyed(let numbers):
            json.object { json in
                for (key, number) in numbers {
                    json.key(text(key))
                    write(number, &json)
                }
            }
        case .keyedTexts(let texts):
            json.object { json in for (key, value) in texts { json.member(text(key), text(value)) } }
        case .fields(let schema): write(schema, &json)
        // The writer of the plan writes these, since they stand for other steps and objects.
        case .pipelines, .function: json.null()
        }
    }

    /// Writes one value, or a list where the kind is one.
    private static func write<Element>(
        _ values: [Element], _ parameter: ParameterDescription, _ json: inout JSONWriter,
        _ write: (Element, inout JSONWriter) -> Void
    ) {
        guard parameter.isOfList || values.count != 1 else { return write(values[0], &json) }
        json.array { json in for value in values { write(value, &json) } }
    }

    private static func write(_ integer: Int, _ parameter: ParameterDescription, _ json: inout JSONWriter) {
        switch parameter.kindName {
        case ArgumentKind<Bool>.flag.name: json.value(integer != 0)
        case ArgumentKind<UInt64>.seed.name: json.value(UInt64(bitPattern: Int64(integer)))
        default: json.value(integer)
        }
    }

    static func write(_ number: Double, _ json: inout JSONWriter) {
        if number.isFinite {
            json.value(number)
        } else if number.isInfinite {
            json.value(number < 0 ? "-Infinity" : "Infinity")
        } else if number.bitPattern == Double.nan.bitPattern {
            json.value("NaN")
        } else {
            json.value("NaN(\(String(number.bitPattern, radix: 16)))")
        }
    }
}
