// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest

extension RecordSource {
    /// The type of each column as text.
    var types: [String] { schema.map(\.description) }
}
