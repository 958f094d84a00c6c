// SPDX-License-Identifier: Apache-2.0

/// The text of a codec. It is read later, since an error of an argument cannot say which levels there are.
struct CodecText: AssignedValue {
    let text: String

    init?(assigned text: Substring) { self.text = String(text) }
}
