// SPDX-License-Identifier: Apache-2.0

/// Makes tar archives in memory.
struct TarBuilder {
    var bytes: [UInt8] = []

    /// The archive with the two blocks of zeros that end it.
    var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    mutating func add(
        _ name: String, _ contents: [UInt8] = [], type: Character = "0", prefix: String = "", isGNU: Bool = false,
        size: [UInt8]? = nil, link: String = ""
    ) {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: [UInt8], at offset: Int) { block.replaceSubrange(offset..<offset + text.count, with: text) }
        put(Array(name.utf8.prefix(100)), at: 0)
        put(size ?? octal(contents.count, digits: 11), at: 124)
        put([UInt8](repeating: 32, count: 8), at: 148)
        block[156] = type.asciiValue!
        put(Array(link.utf8.prefix(100)), at: 157)
        put(isGNU ? Array("ustar  \0".utf8) : Array("ustar\u{0}00".utf8), at: 257)
        put(Array(prefix.utf8), at: 345)
        put(octal(block.reduce(0) { $0 + Int($1) }, digits: 6) + [0, 32], at: 148)
        bytes += block + contents
        bytes += [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
    }

    /// Adds an extended header, whose records say `key=value`.
    mutating func add(records: [(String, String)], type: Character = "x") {
        var text = ""
        for (key, value) in records {
            let rest = " \(key)=\(value)\n".utf8.count
            var count = rest + 1
            while "\(count)".utf8.count + rest != count { count = "\(count)".utf8.count + rest }
            text += "\(count) \(key)=\(value)\n"
        }
        add("PaxHeader", Array(text.utf8), type: type)
    }

    private func octal(_ number: Int, digits: Int) -> [UInt8] {
        let text = String(number, radix: 8)
        return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
    }
}
