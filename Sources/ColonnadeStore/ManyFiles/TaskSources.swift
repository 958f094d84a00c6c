// SPDX-License-Identifier: Apache-2.0

/// Texts that tell the rows of a task from those of other work under the same name, so that neither is lost or doubled.
public struct TaskSources: Sendable, Hashable {
    /// The text of all sources of the job, among which the tasks divide the rows. It is the same for all tasks.
    public var ofJob: String
    /// The text of the rows of the task: for example, the sizes of its files.
    public var ofTask: String

    public init(ofJob: String, ofTask: String) {
        self.ofJob = ofJob
        self.ofTask = ofTask
    }
}
