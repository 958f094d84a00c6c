// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore
internal import ColonnadeIngest

extension ArgumentKind where Value == KindFills {
    /// The kind of values that replace missing ones, by the kind of the column.
    static var kindFills: Self {
        Self(COLONNADE_KEYED_TEXTS, "keyed texts") { (value, name) throws(ColonnadeError) in
            guard let texts = try ArgumentKind<NameMap<String>>.keyedTexts.read(value, name) else { return nil }
            var fills = KindFills()
            for (name, text) in texts {
                guard let kind = KindFills.Kind(rawValue: name) else {
                    throw ColonnadeError(.invalidArgument, "\"\(name)\" is no kind of values that a fill can be for")
                }
                fills.texts[kind] = text
            }
            return fills
        }
    }
}
