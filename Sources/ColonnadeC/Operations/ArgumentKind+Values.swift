// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

// MARK: Numbers

extension ArgumentKind where Value == Int {
    static var integer: Self { Self(COLONNADE_INTEGER, "integer") { (value, _) in value.integer } }
}

extension ArgumentKind where Value == [Int] {
    static var integers: Self { Self(COLONNADE_INTEGERS, "integers") { (value, _) in value.integers } }
}

extension ArgumentKind where Value == Bool {
    static var flag: Self {
        Self(COLONNADE_INTEGER, "integer, 0 or 1") { (value, _) in value.integer.map { $0 != 0 } }
    }
}

extension ArgumentKind where Value == UInt64 {
    /// The kind of a 64-bit seed, which C passes as a signed or unsigned integer.
    static var seed: Self {
        Self(COLONNADE_INTEGER, "seed") { (value, _) in value.integer.map { UInt64(bitPattern: Int64($0)) } }
    }
}

extension ArgumentKind where Value == Double {
    static var number: Self {
        Self(COLONNADE_NUMBER, "number") { (value, name) throws(ColonnadeError) in
            try value.numbers(name).flatMap { $0.count == 1 ? $0[0] : nil }
        }
    }
}

extension ArgumentKind where Value == [Double] {
    static var numbers: Self {
        Self(COLONNADE_NUMBERS, "numbers") { (value, name) throws(ColonnadeError) in try value.numbers(name) }
    }
}

// MARK: Texts

extension ArgumentKind where Value == String {
    static var text: Self {
        Self(COLONNADE_TEXT, "text", literal: Literal.quoted) { (value, _) in
            value.text.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The kind of a path, whose bytes need not be UTF-8.
    static var path: Self {
        Self(COLONNADE_TEXT, "path", literal: Literal.quoted) { (value, _) in value.text.map { String(fileName: $0) } }
    }
}

extension ArgumentKind where Value == [String] {
    static var texts: Self {
        Self(COLONNADE_TEXTS, "texts") { (value, _) in value.texts?.map { String(decoding: $0, as: UTF8.self) } }
    }

    static var paths: Self {
        Self(COLONNADE_TEXTS, "paths") { (value, _) in value.texts?.map { String(fileName: $0) } }
    }
}

extension ArgumentKind where Value == [UInt8] {
    static var bytes: Self { Self(COLONNADE_TEXT, "bytes") { (value, _) in value.text } }
}

extension ArgumentKind where Value == [[UInt8]] {
    static var byteStrings: Self { Self(COLONNADE_TEXTS, "list of bytes") { (value, _) in value.texts } }
}

extension ArgumentKind where Value == DType {
    static var dtype: Self {
        Self(COLONNADE_TEXT, "data type", literal: Literal.quotedName) { (value, _) throws(ColonnadeError) in
            guard let text = value.text.map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
            guard let dtype = DType(name: text) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(text)\" is no data type; there are \(DType.allCases.map(\.name).joined(separator: ", "))")
            }
            return dtype
        }
    }
}

// MARK: By key

extension ArgumentKind where Value == NameMap<Double> {
    static var keyedNumbers: Self {
        Self(COLONNADE_KEYED_NUMBERS, "keyed numbers", literal: Literal.emptyObject) { (value, _) in
            if case .keyed(let numbers) = value { numbers } else { nil }
        }
    }
}

extension ArgumentKind where Value == NameMap<Int> {
    /// The kind of dimensions by key, which C passes as numbers.
    static var keyedDimensions: Self {
        Self(COLONNADE_KEYED_NUMBERS, "keyed numbers", literal: Literal.emptyObject) {
            (value, _) throws(ColonnadeError) in
            guard case .keyed(let numbers) = value else { return nil }
            for (key, number) in numbers where Int(exactly: number) == nil {
                throw ColonnadeError(.invalidArgument, "\"\(key)\" cannot be joined along dimension \(number)")
            }
            return numbers.mapValues { Int($0) }
        }
    }
}

extension ArgumentKind where Value == NameMap<String> {
    static var keyedTexts: Self {
        Self(COLONNADE_KEYED_TEXTS, "keyed texts", literal: Literal.emptyObject) { (value, _) in
            switch value {
            case .keyedTexts(let texts): texts
            // An empty dictionary does not show its kind.
            case .keyed(let numbers) where numbers.isEmpty: [:]
            default: nil
            }
        }
    }
}
