// SPDX-License-Identifier: Apache-2.0

internal import Bytes
internal import RTMPCore

/// What is in memory of a file that is read through wishes: some tens of kilobytes from one place on.
struct FileWindow: Sendable {
    /// Read at a time. What is there and what is on its way is rarely more than twice that.
    static let readSize = 32 << 10

    let file: FileID
    /// Bytes in the file when it was opened. What is added later is not seen.
    private(set) var size: Int
    /// Where in the file the first byte lies that was not consumed.
    private(set) var position = 0
    private var buffer = ReceiveBuffer()
    /// Reads that were not answered.
    private var outstanding = 0
    /// Those of them that were wished for another place.
    private var stale = 0
    /// Whether the file has to be told where to read on.
    private var isElsewhere = false

    init(_ file: FileID, size: Int) {
        self.file = file
        self.size = size
    }

    /// Bytes that are there.
    var count: Int { buffer.count }

    /// Bytes of the file from the position on, whether they are there or not.
    var rest: Int { max(0, size - position) }

    /// The byte so many behind the position; nil when it is not there.
    func byte(_ index: Int) -> UInt8? {
        index >= 0 && index < buffer.count ? buffer.bytes[buffer.start + index] : nil
    }

    /// `count` bytes, so many behind the position, as a number; nil when they are not all there.
    func number(_ index: Int, _ count: Int) -> Int? {
        guard index >= 0, index + count <= buffer.count else { return nil }
        return buffer.bytes[(buffer.start + index)..<(buffer.start + index + count)].reduce(0) { $0 << 8 | Int($1) }
    }

    /// The bytes of `range`, counted from the position, as far as they are there.
    func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> {
        buffer.bytes[buffer.start...].dropFirst(range.lowerBound).prefix(range.count)
    }

    /// Goes on elsewhere in the file.
    mutating func jump(to place: Int) {
        let place = max(0, place)
        let ahead = place - position
        position = place
        if ahead >= 0, ahead <= buffer.count {
            buffer.consume(upTo: buffer.start + ahead)
        } else {
            buffer = ReceiveBuffer()
            stale = outstanding
            isElsewhere = true
        }
    }

    /// Asks for more of the file unless that is on its way, so much is there already, or there is no more.
    mutating func fill(upTo wanted: Int = readSize, _ wishes: inout Wishes) {
        guard outstanding == stale, buffer.count < wanted, buffer.count < rest else { return }
        if isElsewhere { wishes.append(.seek(file, to: position)) }
        isElsewhere = false
        wishes.append(.read(file, upTo: Self.readSize))
        outstanding += 1
    }

    /// Takes in what was read.
    mutating func received(_ bytes: [UInt8]) {
        outstanding -= 1
        guard stale == 0 else {
            stale -= 1
            return
        }
        buffer.append(bytes.span)
    }

    /// The file ends before its size.
    mutating func ended() {
        outstanding -= 1
        guard stale == 0 else {
            stale -= 1
            return
        }
        size = min(size, position + buffer.count)
    }

    /// The file cannot be read any more: what is there is all.
    mutating func failed() {
        size = min(size, position + buffer.count)
        outstanding = 0
        stale = 0
    }
}
