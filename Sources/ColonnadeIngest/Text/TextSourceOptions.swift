// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The options of one source of text: those of text, and the types and fills of its columns.
package struct TextSourceOptions: Sendable {
    /// Column → its type, instead of the inferred one.
    package var types: NameMap<RequestedType>
    /// Column → the value to put in place of a missing one.
    package var fills: NameMap<String>
    /// The fills by kind for columns that have no fill of their own.
    package var kindFills: KindFills
    package var text: TextOptions
    /// The columns that are taken; missing values in others are no error. Nil takes all.
    var taken: Set<ExactName>?
    /// Columns of integers that stand for classes: a missing value is -1 there where integers have a fill by kind.
    var labelled: Set<ExactName> = []
    /// Columns whose values are never missing: they have no fill and no mask, and a missing token is a value.
    var verbatim: Set<ExactName> = []
    /// Whether the caller gave fills that were dropped, since another source has their columns.
    private var hasDroppedFills = false
    /// Whether options may name columns that the source does not have, and another source beside it may have the type of a column
    /// that has no values here.
    package var toleratesAbsentColumns = false

    package init(
        types: NameMap<RequestedType> = [:], fills: NameMap<String> = [:], kindFills: KindFills = KindFills(),
        text: TextOptions = TextOptions()
    ) {
        self.types = types
        self.fills = fills
        self.kindFills = kindFills
        self.text = text
    }

    /// The fills by kind, also those that masks imply.
    var impliedFills: KindFills {
        kindFills.implied(masks: text.masks, hasOthers: hasDroppedFills || !fills.isEmpty)
    }

    /// Drops the fills of other columns, and their types if `dropsTypes` is true. What masks imply stays as the caller asked for it.
    mutating func keepOptions(dropsTypes: Bool = true, of isKept: (String) -> Bool) {
        let given = fills
        fills = fills.filter { name, _ in isKept(name) }
        if fills.count < given.count { hasDroppedFills = true }
        if dropsTypes { types = types.filter { name, _ in isKept(name) } }
    }

    /// The options for a file of tab-separated values, in which a tab and no quotes are the default.
    var tabSeparated: TextSourceOptions {
        var options = self
        options.text.delimiter = text.delimiter ?? "\t"
        if text.quoting == .automatic { options.text.quoting = .none }
        return options
    }

    /// Columns with a type or fill of their own, which the source must have.
    var namedColumns: [String] {
        toleratesAbsentColumns ? [] : types.names + fills.names
    }
}
