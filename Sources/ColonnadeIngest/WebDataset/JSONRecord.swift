// SPDX-License-Identifier: Apache-2.0

/// The JSON members of a sample as one record: `{"json": {"caption": "a cat"}}`. Its columns have names such as `json.caption`.
enum JSONRecord {
    /// Returns the record; nil if there are no JSON members. Extensions have no characters that JSON escapes.
    static func text(of members: [(column: String, text: [UInt8])]) -> [UInt8]? {
        guard !members.isEmpty else { return nil }
        var record: [UInt8] = []
        for (column, text) in members {
            record += record.isEmpty ? Array("{\"".utf8) : Array(",\"".utf8)
            record += Array("\(column)\":".utf8) + text
        }
        return record + Array("}".utf8)
    }

    static func text(of members: [WebDatasetSample.Member], _ evidence: [WebDatasetColumn.Evidence]) -> [UInt8]? {
        var texts: [(column: String, text: [UInt8])] = []
        for (member, evidence) in zip(members, evidence) {
            if case .json(let text) = evidence { texts.append((member.column, text)) }
        }
        return text(of: texts)
    }
}
