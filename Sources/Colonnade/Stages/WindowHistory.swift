// SPDX-License-Identifier: Apache-2.0

/// The record of the samples that a windowed shuffle took from its upstream, from the oldest one in the window. A
/// resumed pass reads again from that sample.
struct WindowHistory {
    /// The index of the oldest sample that is recorded.
    private var oldest = 0
    /// For each sample after and including the oldest, whether it is in the window.
    private var isWaiting: [Bool] = []
    /// The number of entries at the front of `isWaiting` that are known to be false, so that each is examined once.
    private var releasedCount = 0
    /// States of the upstream's cursor, each with the index of the sample that follows it. The first is at or before
    /// the oldest sample.
    private var marks: [(index: Int, state: CursorState)] = []

    var firstMark: (index: Int, state: CursorState)? { marks.first }

    /// Starts the record at the sample with the given index.
    mutating func start(at index: Int) { oldest = index }

    /// Stores the state of the upstream before the sample with the given index, unless a mark is less than a window
    /// away.
    mutating func mark(_ index: Int, _ upstream: any StageCursor, window: Int) {
        if marks.isEmpty || index - marks[marks.count - 1].index >= window { marks.append((index, upstream.state)) }
    }

    /// Returns the number of samples before the next mark. There must be a mark.
    func samplesToNextMark(_ index: Int, _ window: Int) -> Int { window - (index - marks[marks.count - 1].index) }

    /// Records the next samples.
    mutating func append(isWaiting: Bool, count: Int) {
        self.isWaiting.append(contentsOf: repeatElement(isWaiting, count: count))
    }

    /// Notes that a sample left the window, and drops the record of samples before the oldest one in the window.
    mutating func release(_ index: Int, window: Int) {
        isWaiting[index - oldest] = false
        while releasedCount < isWaiting.count, !isWaiting[releasedCount] { releasedCount += 1 }
        // Entries are removed many at a time, since a removal moves all others.
        guard releasedCount > 0, releasedCount >= isWaiting.count / 2 || releasedCount >= window else { return }
        isWaiting.removeFirst(releasedCount)
        oldest += releasedCount
        releasedCount = 0
        while marks.count > 1, marks[1].index <= oldest { marks.removeFirst() }
    }

    /// Notes that no recorded sample is in the window.
    mutating func releaseAll() {
        for index in isWaiting.indices { isWaiting[index] = false }
    }

    /// Notes that a recorded sample is in the window.
    mutating func keep(_ index: Int) { isWaiting[index - oldest] = true }
}
