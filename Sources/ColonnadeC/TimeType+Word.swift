// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

extension TimeType {
    /// Makes the time type of a text. Throws `invalidArgument` if the text is not a time type.
    init(word text: String) throws(ColonnadeError) {
        guard let type = TimeType(parsing: text) else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(text)\" is no type of time: there are date[d], time[us], timestamp[us], timestamp[us, UTC], "
                    + "duration[us], with the units s, ms, us, ns")
        }
        self = type
    }
}
