// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Moves the channels of pictures.
struct MoveChannels: Transform {
    let key: String
    let outputKey: String
    let layout: PictureLayout

    var keys: [String] { [key] }
    var label: String { "layout(\(key), \(layout == .channelsFirst ? "channels first" : "channels last"))" }
    /// The dimensions of a picture are the last ones of a batch.
    var ignoresLeadingDimension: Bool { true }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        guard fields[0].kind == .tensor, fields[0].shape.count == 3 || fields[0].shape.count == 4 else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" is \(fields[0].typeDescription), but only pictures of three dimensions and videos of four have a layout"
            )
        }
        var field = fields[0].reshaped(outputKey, to: moved(fields[0].shape))
        switch (field.channelPlace, layout) {
        case (.last, .channelsFirst): field.channelPlace = .first
        case (.first, .channelsLast): field.channelPlace = .last
        case (nil, _): break
        default: field.channelPlace = .unknown
        }
        return [field]
    }

    private func moved<Size>(_ shape: [Size]) -> [Size] {
        let (leading, sizes) = (shape.dropLast(3), shape.suffix(3))
        switch layout {
        case .channelsFirst: return leading + [sizes[sizes.endIndex - 1]] + sizes.dropLast()
        case .channelsLast: return leading + sizes.dropFirst() + [sizes[sizes.startIndex]]
        }
    }

    func stacked(_ fields: [Field]) -> (any Transform)? { self }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        [try values[0].movingChannels(layout, to: moved(values[0].shape), from: context.pool)]
    }
}
