// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The end of a file, to which bytes are appended through a buffer.
///
/// The size of a write determines the size of the pages in which the system keeps the file in memory, so writes end at
/// multiples of the buffer's size. Pages of 2 MiB make reading rows in random order several times as fast as small ones.
/// In some virtual machines they make writing several times as slow, since the host takes back large free pages, and
/// provides them again piece by piece when they are written. There the output writes small pages, and removes them from
/// memory at the end: the system later reads the file from the disk into large pages, which is quick.
package struct BufferedOutput {
    package let file: WritableFile
    /// The offset of the next byte.
    package private(set) var end: Int
    /// The offset of the first byte of the buffer.
    private var start: Int
    private let first: Int
    private var buffer: [UInt8]
    private var pages = Pages.initial
    /// The least processor time of a small page.
    private var smallTime = Double.infinity
    /// Whether the latest large pages were slow.
    private var areSlow: [Bool] = []

    private enum Pages {
        /// The output writes small pages until the file is so large that large ones are worthwhile.
        case initial
        case large
        /// The output wrote large pages, which took too long.
        case small
    }

    private static let smallSize = 1 << 16
    private static let largeSize = 1 << 21
    /// The number of bytes that are first written in small pages. The tables of a CPU cover about as many.
    private static let initialSize = 1 << 23
    /// The processor time of a large page is too long from this multiple of the least time of as many bytes in small
    /// pages. If the host of a virtual machine must provide it, it takes 8 to 30 times as long; otherwise at most twice. A
    /// wait for the disk takes no processor time.
    private static let slowness = 4.0
    /// Large pages are too slow if two of this number were. A single slow page may be an accident.
    private static let latestCount = 4

    package init(_ file: WritableFile, at offset: Int) {
        self.file = file
        end = offset
        start = offset
        first = offset
        buffer = [UInt8](repeating: 0, count: BufferedOutput.smallSize)
    }

    /// Appends bytes, and passes copies of them to `read`, piece by piece, before they are written. So a checksum that
    /// `read` computes is that of the written bytes, even if the memory of `bytes` changes meanwhile.
    package mutating func append<State>(
        _ bytes: UnsafeRawBufferPointer, _ state: inout State, _ read: (inout State, RawSpan) -> Void
    ) throws(ColonnadeError) {
        precondition(end - start < buffer.count, "after an error nothing can be appended")
        var done = 0
        while done < bytes.count {
            let count = min(bytes.count - done, buffer.count - end % buffer.count)
            let range = end - start..<end - start + count
            unsafe buffer.withUnsafeMutableBytes { memory in
                let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[range])
                unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[done..<done + count]))
                unsafe read(&state, UnsafeRawBufferPointer(target).bytes)
            }
            done += count
            end += count
            if end % buffer.count == 0 { try flush() }
        }
    }

    /// Appends bytes.
    package mutating func append(_ bytes: [UInt8]) throws(ColonnadeError) {
        // `Void` would do, but has no address, which the thread sanitizer notes for each `inout` argument.
        var unused = 0
        try unsafe bytes.withUnsafeBufferPointer { (memory) throws(ColonnadeError) in
            try unsafe append(UnsafeRawBufferPointer(memory), &unused) { _, _ in }
        }
    }

    /// Writes the buffered bytes.
    package mutating func flush() throws(ColonnadeError) {
        let time = Syscalls.threadTime
        let count = end - start
        try unsafe buffer.withUnsafeBufferPointer { (memory) throws(ColonnadeError) in
            try unsafe file.write(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<count]), at: start)
        }
        start = end
        file.beginWriteback(upTo: end)
        choosePages(written: count, processorTime: Syscalls.threadTime - time)
    }

    private mutating func choosePages(written count: Int, processorTime: Double) {
        switch pages {
        case .initial:
            if count == BufferedOutput.smallSize { smallTime = min(smallTime, processorTime) }
            guard end - first >= BufferedOutput.initialSize, end % BufferedOutput.largeSize == 0 else { return }
            pages = .large
            buffer = [UInt8](repeating: 0, count: BufferedOutput.largeSize)
        case .large:
            guard count == BufferedOutput.largeSize else { return }
            let expected = smallTime * Double(BufferedOutput.largeSize / BufferedOutput.smallSize)
            if areSlow.count == BufferedOutput.latestCount { areSlow.removeFirst() }
            areSlow.append(processorTime > BufferedOutput.slowness * expected)
            guard areSlow.count(where: \.self) >= 2 else { return }
            pages = .small
            buffer = [UInt8](repeating: 0, count: BufferedOutput.smallSize)
        case .small: break
        }
    }

    /// Removes small pages from memory if large ones were too slow. The bytes must be synchronized.
    package func releaseSmallPages() {
        if case .small = pages { file.releasePages(first..<end) }
    }
}
