// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeStoreTestSupport

/// The base of test suites that write files of one column: a folder, and rows.
class TargetSuite {
    let folder: TemporaryFolder
    let schema: Schema
    let one: [[StoredValue]] = [[StoredValue(bytes: [1])]]
    let two: [[StoredValue]] = [[StoredValue(bytes: [2]), StoredValue(bytes: [3])]]
    var path: String { folder.file("data.colonnade") }

    init() throws {
        folder = try TemporaryFolder()
        schema = try Schema([Field("x", .uint8)])
    }

    func options(replacing: Bool) -> WriterOptions {
        var options = WriterOptions()
        options.replacing = replacing
        return options
    }
}
