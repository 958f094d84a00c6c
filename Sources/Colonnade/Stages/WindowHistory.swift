// SPDX-License-Identifier: Apache-2.0

/// The record of the samples that a windowed shuffle took from its upstream, back to the oldest that is still in the window:
/// a resumed pass reads again from there.
struct WindowHistory {
    /// The index of the oldest sample that is recorded.
    private var oldest = 0
    /// Whether each sample from the oldest on is in the window.
    private var isWaiting: [Bool] = []
    /// The number of samples at the front that are known not to wait, so that each is looked at once.
    private var releasedCount = 0
    /// States of the upstream's cursor, each before the sample of that index. The first is at or before the oldest sample.
    private var marks: [(index: Int, state: CursorState)] = []

    var firstMark: (index: Int, state: CursorState)? { marks.first }

    /// Begins with the sample of that index.
    mutating func start(at index: Int) { oldest = index }

    /// Keeps the state of the upstream before the sample of that index, once a window.
    mutating func mark(_ index: Int, _ upstream: any StageCursor, window: Int) {
        if marks.isEmpty || index - marks[marks.count - 1].index >= window { marks.append((index, upstream.state)) }
    }

    /// Returns how many samples may be taken before the next mark. There is a mark.
    func samplesToNextMark(_ index: Int, _ window: Int) -> Int { window - (index - marks[marks.count - 1].index) }

    /// Records the next samples.
    mutating func append(isWaiting: Bool, count: Int) {
        self.isWaiting.append(contentsOf: repeatElement(isWaiting, count: count))
    }

    /// Notes that a sample was given out, and forgets those before the oldest that waits.
    mutating func release(_ index: Int, window: Int) {
        isWaiting[index - oldest] = false
        while releasedCount < isWaiting.count, !isWaiting[releasedCount] { releasedCount += 1 }
        // Several at a time, since removing moves the rest.
        guard releasedCount > 0, releasedCount >= isWaiting.count / 2 || releasedCount >= window else { return }
        isWaiting.removeFirst(releasedCount)
        oldest += releasedCount
        releasedCount = 0
        while marks.count > 1, marks[1].index <= oldest { marks.removeFirst() }
    }

    /// Notes that all recorded samples were given out.
    mutating func releaseAll() {
        for index in isWaiting.indices { isWaiting[index] = false }
    }

    /// Notes that a recorded sample is in the window.
    mutating func keep(_ index: Int) { isWaiting[index - oldest] = true }
}
