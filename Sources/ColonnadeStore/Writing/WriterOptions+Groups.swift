// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat

extension WriterOptions {
    /// The names of the columns that a new file of this schema would keep together in one row, for each group of the file.
    /// Columns that vary belong to none.
    ///
    /// Throws `unknownKey` and `invalidArgument` for options or a schema that cannot be.
    public func groups(of schema: Schema) throws(ColonnadeError) -> [[String]] {
        try GroupPlan.validate(schema)
        let plan = try GroupPlan.make(schema, self)
        return plan.groups.indices.map { group in plan.columns.filter { $0.group == group }.map(\.field.name) }
    }
}
