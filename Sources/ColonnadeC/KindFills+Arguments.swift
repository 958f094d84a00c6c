// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore
internal import ColonnadeIngest

extension KindFills {
    /// Takes the argument `kind_fills`. Throws `invalidArgument` for what is no kind.
    init(_ arguments: inout Arguments) throws(ColonnadeError) {
        self.init()
        for (name, text) in arguments.keyedTexts("kind_fills") {
            guard let kind = Kind(rawValue: name) else {
                throw ColonnadeError(.invalidArgument, "\"\(name)\" is no kind of values that a fill can be for")
            }
            texts[kind] = text
        }
    }
}
