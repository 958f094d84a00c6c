// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension ArrowColumn {
    /// Settles the properties that only a first batch shows: names of class labels, and the media type of encoded files.
    mutating func settle(_ batch: ArrowBatch, source: String) throws(ColonnadeError) {
        if case .dictionary(let index, _, .labels) = leaf {
            try settleLabels(batch, index, source)
        }
        guard findsMedia else { return }
        let rows = try ArrowRows(self, of: batch, source: source, firstRow: 0)
        var types = Set(try rows.chunk(0..<rows.count).mediaTypes)
        let family = mediaFamily ?? types.first.flatMap { $0?.prefix { $0 != "/" } }.map(String.init)
        if types.count == 1, let type = types.removeFirst() {
            field.meaning = .media(type)
        } else if let family, mediaFamily != nil || types.allSatisfy({ $0?.hasPrefix("\(family)/") == true }) {
            field.meaning = .media("\(family)/*")
        } else {
            findsMedia = false
        }
        reason = field.meaning.map { _ in "\(field.typeDescription), encoded files by their first bytes" }
    }

    /// Notes the labels of the first dictionary. A fill of -1 means no class; the column is signed then.
    private mutating func settleLabels(
        _ batch: ArrowBatch, _ dtype: DType, _ source: String
    ) throws(ColonnadeError) {
        // Without labels yet, its values are text.
        guard let values = try ArrowRows(self, of: batch, source: source, firstRow: 0).dictionary else { return }
        var names: [String] = []
        var labels: NameMap<Int> = [:]
        for case let text? in try values.texts() where labels[text] == nil {
            labels[text] = names.count
            names.append(text)
        }
        var isSigned = dtype.isSignedInteger
        if let fill {
            let text = String(decoding: fill, as: UTF8.self)
            if labels[text] == nil, let number = Int(text) {
                guard number == -1 else {
                    throw ColonnadeError(
                        .invalidArgument,
                        "the fill \(number) is a number, and no class is called so: -1 stands for no class, and a name for a class",
                        at: .record(source: source, record: nil, column: name))
                }
                isSigned = true
                field.dtype = dtype.signed
            } else if labels[text] == nil {
                labels[text] = names.count
                names.append(text)
            }
            var element: [UInt8] = []
            element.append(element: labels[text] ?? -1, dtype)
            self.fill = element
        }
        let bits = dtype.size * 8 - (isSigned ? 1 : 0)
        guard bits > 62 || names.count <= 1 << bits else {
            throw ColonnadeError(
                .invalidSource, "\(names.count) labels are more than \(dtype.name) can number: cast the indices first",
                at: .record(source: source, record: nil, column: name))
        }
        reason = "\(field.typeDescription), labels from the dictionary"
        self.labels = labels
        field.meaning = names.isEmpty ? nil : .classLabels(names)
    }
}

extension DType {
    /// The signed integers of the same size.
    fileprivate var signed: DType {
        switch self {
        case .uint8: .int8
        case .uint16: .int16
        case .uint32: .int32
        case .uint64: .int64
        default: self
        }
    }
}
