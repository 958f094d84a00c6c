// SPDX-License-Identifier: Apache-2.0

/// The evidence from the values of one key of JSON records.
struct JSONEvidence: Sendable {
    typealias Sighting = ColumnEvidence.Sighting

    /// Numbers and truth values, and the elements of arrays; null elements count as missing.
    var scalars = ColumnEvidence()
    var shape = ShapeEvidence()

    /// Numbers and truth values that are no elements of arrays.
    private(set) var firstScalar: Sighting?
    /// Strings, other than the names of numbers that are not finite.
    private(set) var firstString: Sighting?
    /// The strings `NaN`, `Infinity`, `-Infinity`, by which an export writes such numbers.
    private(set) var nonFinite = 0
    private(set) var firstNonFinite: Sighting?
    /// The first of these numbers that stands without quotes, alone or in an array, which is an extension of JSON.
    private(set) var firstBareNonFinite: Sighting?
    private(set) var firstArray: Sighting?
    /// A string or an object within an array.
    private(set) var firstOddElement: Sighting?
    private(set) var firstRagged: Sighting?
    /// Records in which the key is null or not there.
    private(set) var holes = 0
    private(set) var firstHole: Sighting?
    private var lastRecord = 0

    /// Whether every value is null or not there.
    var isWithoutValues: Bool {
        holes > 0 && firstScalar == nil && firstString == nil && firstNonFinite == nil && firstArray == nil
    }

    /// Notes that a record has the key, whatever its value.
    mutating func noteRecord(_ record: Int) {
        if record > lastRecord + 1 { noteHoles(record - lastRecord - 1, first: lastRecord + 1, "no key") }
        lastRecord = record
    }

    /// Notes that no more records follow.
    mutating func finish(recordCount: Int) {
        noteRecord(recordCount + 1)
    }

    private mutating func noteHoles(_ count: Int, first: Int, _ text: String) {
        holes += count
        if firstHole == nil { firstHole = Sighting(record: first, text: text) }
    }

    mutating func observeNull(record: Int) { noteHoles(1, first: record, "null") }

    mutating func observeScalar(_ kind: JSONNode.Kind, _ text: Span<UInt8>, record: Int) {
        if firstScalar == nil { firstScalar = Sighting(record: record, text: String(quoting: text)) }
        observeElement(kind, text, record: record)
    }

    mutating func observeString(_ text: Span<UInt8>, record: Int) {
        let sighting = { (text: Span<UInt8>) in Sighting(record: record, text: String(quoting: text)) }
        if JSONEvidence.isNonFiniteName(text) {
            nonFinite += 1
            if firstNonFinite == nil { firstNonFinite = sighting(text) }
        } else if firstString == nil {
            firstString = sighting(text)
        }
    }

    mutating func observeArray(_ shape: [Int]?, _ text: Span<UInt8>, record: Int) {
        if firstArray == nil { firstArray = Sighting(record: record, text: String(quoting: text)) }
        if let shape {
            self.shape.observe(shape, record: record)
        } else if firstRagged == nil {
            firstRagged = Sighting(record: record, text: String(quoting: text))
        }
    }

    /// Notes one element of an array. `text` is that of the string, if it is one.
    mutating func observeElement(_ kind: JSONNode.Kind, _ text: Span<UInt8>, record: Int) {
        switch kind {
        case .number:
            if let number = NumberText.parse(text) {
                if firstBareNonFinite == nil, JSONEvidence.isNonFiniteName(text) {
                    firstBareNonFinite = Sighting(record: record, text: String(quoting: text))
                }
                scalars.observe(number, text, record: record)
            } else {
                scalars.observeText(text, record: record, because: .tooLarge)
            }
        case .yes, .no: scalars.observeBoolean(text, record: record)
        case .null: scalars.observeMissing("null", record: record)
        case .string where JSONEvidence.isNonFiniteName(text):
            scalars.observeDecimals(1, Sighting(record: record, text: String(quoting: text)))
        case .string, .object, .array:
            if firstOddElement == nil { firstOddElement = Sighting(record: record, text: String(quoting: text)) }
        }
    }

    /// The first value of each kind, in the order of the records, in words that tell the number 1 from the text "1".
    ///
    /// Strings that name numbers which are not finite are numbers, unless there is other text.
    var kinds: [(first: Sighting, words: String)] {
        var kinds: [(first: Sighting, words: String)] = []
        if let scalar = firstScalar ?? (firstString == nil ? firstNonFinite : nil) {
            let isTruth = scalar.bare == "true" || scalar.bare == "false"
            kinds.append((scalar, isTruth ? String(scalar.bare) : "the number \(scalar.bare)"))
        }
        if let string = firstString { kinds.append((string, "the text \(string.text)")) }
        if let array = firstArray { kinds.append((array, "the array \(array.bare)")) }
        return kinds.sorted { $0.first.record < $1.first.record }
    }

    private static let nonFiniteNames = ["NaN", "Infinity", "-Infinity"].map { Array($0.utf8) }

    static func isNonFiniteName(_ text: Span<UInt8>) -> Bool {
        guard text.count == 3 || text.count == 8 || text.count == 9 else { return false }
        for name in nonFiniteNames where name.equals(text) { return true }
        return false
    }
}
