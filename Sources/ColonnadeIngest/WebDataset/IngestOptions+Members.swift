// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension IngestOptions {
    /// The options of the JSON members of archives: those about their columns.
    var forMembers: TextSourceOptions {
        var options = forRecords
        options.keepOptions { MemberKind.isJSON(field: $0) }
        return options
    }

    /// Whether members with an extension are taken: all, or those of the chosen columns.
    func takesMember(_ column: String) -> Bool {
        columns.isEmpty
            || chosenColumns.contains { $0.hasBytes(of: column) || $0.startsWithBytes(of: "\(column).") }
    }
}
