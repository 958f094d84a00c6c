// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeIngest

extension ArgumentKind where Value == [Buffer] {
    static var buffers: Self {
        Self(COLONNADE_PIPELINES, "buffers") { (value, _) throws(ColonnadeError) in try value.pipelines?.buffers() }
    }
}

extension ArgumentKind where Value == [PipelineHandle] {
    /// Buffers or streams, as they are.
    static var pipelines: Self { Self(COLONNADE_PIPELINES, "pipelines") { (value, _) in value.pipelines } }
}

extension ArgumentKind where Value == [Colonnade.Stream] {
    /// The kind of pipelines that are used as streams; buffers are converted.
    static var streams: Self {
        Self(COLONNADE_PIPELINES, "pipelines") { (value, _) in value.pipelines?.map(\.stream) }
    }
}

extension ArgumentKind where Value == ForeignFunction {
    /// The kind of a function that makes the values of some keys from those of others.
    static var valueFunction: Self { function(COLONNADE_MAKES_VALUES, "function of values") }
    /// The kind of a function that makes samples of samples.
    static var sampleFunction: Self { function(COLONNADE_MAKES_SAMPLES, "function of samples") }
    /// The kind of a function that decides whether a sample is kept.
    static var condition: Self { function(COLONNADE_DECIDES, "function that puts true or false") }
    /// The kind of a function that makes a buffer of another buffer.
    static var bufferFunction: Self { function(COLONNADE_MAKES_BUFFERS, "function of buffers") }

    private static func function(_ function: Int, _ name: String) -> Self {
        Self(COLONNADE_FUNCTION, name, function: function) { (value, _) in
            if case .function(let function) = value { function } else { nil }
        }
    }
}

extension ArgumentKind where Value == Colonnade.Stream.Unpacking {
    /// The kind of a function that unpacks files: it gets bytes and a name, and puts bytes.
    static var unpacking: Self {
        Self(COLONNADE_FUNCTION, "function that unpacks bytes", function: COLONNADE_UNPACKS) { (value, _) in
            if case .function(let function) = value { function.unpacking } else { nil }
        }
    }
}

extension ArgumentKind where Value == Schema {
    static var fields: Self {
        Self(COLONNADE_FIELDS, "fields") { (value, _) in if case .fields(let schema) = value { schema } else { nil } }
    }
}
