// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension Field {
    /// Returns the field of a result of a function of the user. If the only input is pictures, or the input with the same key, then
    /// the result is too, and their channels may be elsewhere.
    func afterUserCode(on inputs: [Field]) -> Field {
        var copy = self
        let isPicture = inputs.contains { $0.variesInChannels && (inputs.count == 1 || $0.name == name) }
        copy.channelPlace = isPicture ? ChannelPlace.ofUnknownChange(toRank: shape.count) : nil
        return copy
    }
}
