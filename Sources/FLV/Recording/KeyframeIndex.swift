// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Where the keyframes of a recording lie: the `keyframes` object of its metadata.
///
/// There is room for so many entries. When it runs short, every second one goes, and from then on only every second,
/// fourth, eighth keyframe is added; the first and the last one are always there.
struct KeyframeIndex: Sendable {
    struct Entry: Sendable, Hashable {
        /// The timestamp of the tag, in milliseconds.
        var time: Int64
        /// Where the tag begins in the file.
        var position: Int64
    }

    private(set) var entries: [Entry] = []
    private let capacity: Int
    /// Which keyframes stay: every one, every second, ….
    private var stride = 1
    private var count = 0
    /// The last entry is only there because it is the last.
    private var lastIsProvisional = false

    /// An index of at most `capacity` entries. Fewer than two are none: ffmpeg complains about an index of one entry.
    init(capacity: Int) {
        self.capacity = capacity < 3 ? 0 : capacity
    }

    /// Whether there is something to write.
    var isUsable: Bool { entries.count >= 2 }

    /// Adds a keyframe behind all others. One that is earlier than the last, because the encoder's clock was set back, cannot
    /// be found by time and is left out; so is one behind the 49.7 days that a tag can say.
    mutating func append(time: Int64, position: Int64) {
        guard capacity > 0, time >= entries.last?.time ?? 0, time <= UInt32.max else { return }
        if lastIsProvisional { entries.removeLast() }
        entries.append(Entry(time: time, position: position))
        lastIsProvisional = count & (stride - 1) != 0
        count += 1
        if entries.count > capacity { thin() }
    }

    /// Forgets what begins at `size` or behind it.
    mutating func cut(to size: Int64) {
        while let last = entries.last, last.position >= size { entries.removeLast() }
    }

    private mutating func thin() {
        stride *= 2
        guard let last = entries.popLast() else { return }
        // The number of an entry among all is its place times the old stride, except for the last.
        entries = entries.enumerated().filter { $0.offset & 1 == 0 }.map(\.element)
        entries.append(last)
        lastIsProvisional = (count - 1) & (stride - 1) != 0
    }
}

extension KeyframeIndex {
    /// Bytes of an index with so many entries, name included.
    static func encodedSize(_ count: Int) -> Int { count < 2 ? 0 : 47 + 18 * count }

    /// How many entries fit into so many bytes.
    static func capacity(in size: Int) -> Int { max(0, (size - 47) / 18) }

    var encodedSize: Int { Self.encodedSize(entries.count) }

    /// Appends the property `keyframes` with its two arrays, which stand side by side because ffmpeg wants them so.
    func encode(into output: inout [UInt8]) {
        guard isUsable else { return }
        let count = UInt32(clamping: entries.count)
        output.appendPropertyName("keyframes")
        output.append(3)
        output.appendPropertyName("filepositions")
        output.append(10)
        output.appendUInt32(count)
        for entry in entries {
            output.append(0)
            output.appendDouble(Double(entry.position))
        }
        output.appendPropertyName("times")
        output.append(10)
        output.appendUInt32(count)
        for entry in entries {
            output.append(0)
            output.appendDouble(Double(entry.time) / 1000)
        }
        output.append(contentsOf: [0, 0, 9])
    }
}

extension [UInt8] {
    /// The name of a property in AMF0. Ours are short.
    mutating func appendPropertyName(_ name: String) {
        appendUInt16(UInt16(truncatingIfNeeded: name.utf8.count))
        append(contentsOf: name.utf8)
    }
}
