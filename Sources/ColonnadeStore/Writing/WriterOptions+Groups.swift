// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat

extension WriterOptions {
    /// Returns the names of the columns of each group that a new file with this schema would have. Variable columns
    /// belong to no group.
    ///
    /// Throws `unknownKey` and `invalidArgument` for options or a schema that are not valid.
    public func groups(of schema: Schema) throws(ColonnadeError) -> [[String]] {
        try GroupPlan.validate(schema)
        let plan = try GroupPlan.make(schema, self)
        return plan.groups.indices.map { group in plan.columns.filter { $0.group == group }.map(\.field.name) }
    }
}
