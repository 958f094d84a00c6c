// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The columns that the JSON members of archives become.
struct JSONMembers {
    let fields: [Field]
    let reasons: [String]
    let masks: Set<ExactName>
    let columnsWithoutValues: Set<ExactName>
    /// Turns records into rows; nil if there are no JSON members.
    let rows: JSONRows?

    /// Settles the columns. Throws `invalidSource` for values that do not go together or are missing without a fill.
    init(_ survey: WebDatasetSurvey, _ options: TextSourceOptions, source: String) throws(ColonnadeError) {
        guard survey.columns.contains(where: { $0.kind == .json }) else {
            (fields, reasons, masks, columnsWithoutValues, rows) = ([], [], [], [], nil)
            return
        }
        var json = survey.json
        var gaps = TextGaps()
        let (columns, reasons) = try json.settle(&gaps)
        try gaps.report(source: source)
        let tokens = MissingTokens(options.text.missing)
        let builders = try columns.map { (column) throws(ColonnadeError) in
            try options.builder(column.field, tokens, source: source)
        }
        fields = try builders.schema(source: source).fields
        self.reasons = reasons + builders.maskReasons
        masks = builders.masks
        columnsWithoutValues = json.columnsWithoutValues
        let writers = builders.map { JSONColumn($0, isDeclared: options.types[$0.field.name] != nil) }
        rows = JSONRows(json.paths, columns, writers, source: source)
    }
}
