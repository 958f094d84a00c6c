// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

extension Operation {
    /// The operations on values and keys, which apply to buffers and streams.
    static let values: [Operation] = [
        Operation("select", .need("keys", .texts), does: "keeps only these keys, in this order") { on, keys in
            try on.selecting(keys)
        },
        Operation("remove", .need("keys", .texts), does: "removes these keys") { on, keys in try on.removing(keys) },
        Operation(
            "rename", .need("key", .text), .need("to", .text), does: "moves the value to another key"
        ) { on, key, target in try on.renaming(key, to: target) },
        Operation(
            "copy", .need("key", .text), .need("to", .text), does: "copies the value to another key"
        ) { on, key, target in try on.copying(key, to: target) },
        onKey("cast", .need("dtype", .dtype), does: "converts elements to another data type") { on, key, dtype in
            try on.cast(key, to: dtype)
        },
        onKey(
            "scale", .need("by", .number), .option("offset", .number, or: 0),
            does: "multiplies floating-point numbers by `by`, and adds `offset`"
        ) { on, key, factor, offset in try on.scaled(key, by: factor, offset: offset) },
        onKey(
            "normalize", .option("mean", .numbers), .option("deviation", .numbers), .option("axis", .integer, or: -1),
            does: "(value - `mean`) / `deviation` per channel; without a mean, with the statistics of the file"
        ) { on, key, mean, deviation, axis in
            guard let mean else { return try on.normalized(key) }
            return try on.normalized(key, mean: mean, deviation: deviation ?? [], axis: axis)
        },
        onKey(
            "one_hot", .option("count", .integer), .option("dtype", .dtype, or: .float32),
            does: "replaces integers by rows of zeros with a 1 at that index; without a count, one for each class name"
        ) { on, key, count, dtype in try on.oneHot(key, count: count, to: dtype) },
        onKey(
            "replace", .need("old", .bytes), .need("new", .bytes), .option("max_replacements", .integer),
            does: "replaces bytes by others, at most `max_replacements` times"
        ) { on, key, old, new, maxReplacements in
            try on.replacing(key, old, with: new, maxReplacements: maxReplacements)
        },
        onKey(
            "replace_bytes", .need("map", .byteStrings),
            does: "replaces each byte by the entry of the map at that index"
        ) { on, key, map in try on.replacingBytes(key, map) },
        Operation(
            "remove_value", .need("key", .text), .need("size_key", .text), .option("dimension", .integer, or: -1),
            .need("value", .number), .option("padding", .number, or: 0),
            does: "removes elements that equal `value` from the valid length of each row, and pads the end"
        ) { on, key, sizeKey, dimension, value, padding in
            try on.removingValue(key, sizeKey: sizeKey, dimension: dimension, value: value, padding: padding)
        },
        Operation(
            "map", .need("keys", .texts), .need("function", .valueFunction), .need("fields", .fields),
            .option("label", .text, or: "map"), .option("identified", .flag, or: false),
            does: "adds values that a function makes from these keys; `fields` describe them"
        ) { on, keys, function, fields, label, isIdentified in
            try on.mapRows(keys, to: fields.fields, label: label, needsIdentities: isIdentified) { try function($0) }
        },
        Operation(
            "map_samples", .option("keys", .texts), .need("function", .sampleFunction), .need("fields", .fields),
            does: "replaces the sample by values that a function makes from these keys, or from all keys",
            // The closure is an argument, since a trailing closure would match several initializers.
            { on, keys, function, fields in
                try on.mapRows(keys ?? on.schema.names, to: fields.fields, label: "map(sample)") { try function($0) }
                    .selecting(fields.names)
            }),
    ]
}
