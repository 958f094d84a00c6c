// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The number of a task, and that of all tasks: `3/8`.
struct TaskNumber: ExpressibleByArgument {
    let task: Int
    let count: Int

    init(_ task: Int, of count: Int) {
        self.task = task
        self.count = count
    }

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let task = Int(parts[0]), let count = Int(parts[1]) else { return nil }
        self.task = task
        self.count = count
    }
}
