// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The front of a recording: written once, brought up to date while the file grows, and put right when the file is cut.
extension Recording {
    /// Says what there is to do after a disk was full: what the front of the file must say when it is cut off behind
    /// `totals`. Nothing can be appended any more.
    ///
    /// - Parameter totals: from ``totals(_:with:within:)``.
    public mutating func finish(cutTo totals: RecordingTotals) {
        self.totals = totals
        index.cut(to: totals.bytes)
        distrustFile()
        if totals.bytes > 0 { tell(isFinal: true) }
    }

    /// Of what was to be done some may not have been written, and what may have been is done: next time all of the front is
    /// written.
    mutating func distrustFile() {
        operations = []
        gathered = []
        toldIndexSize = .max
        toldLastKeyframe = KeyframeIndex.Entry(time: -1, position: -1)
    }

    /// How far the file goes of which only the first `size` bytes were written.
    ///
    /// - Parameters:
    ///   - totals: How far it goes without the operation that could not be done.
    ///   - bytes: What that operation appends.
    ///   - size: How many bytes of the file were written.
    public func totals(
        _ totals: RecordingTotals, with bytes: Span<UInt8>, within size: Int64
    ) -> RecordingTotals {
        var totals = totals
        totals.add(tagsIn: bytes, within: size, from: timeline.start)
        return totals
    }

    /// Writes the front of the file, once: header, metadata, and what waits.
    mutating func writeHead() {
        guard head == nil else { return }
        let head = RecordingHead(size: headSize, publisher: prologue.metadata ?? FLVMetadata())
        self.head = head
        index = KeyframeIndex(capacity: head.capacity)
        totals.bytes = Int64(head.size)
        totals.tags = 1
        gathered += head.block(facts, totals, index, isOpen: true, isFinal: false)
        gathered += head.tail(index, isWhole: true)
        told = totals
        for message in waiting {
            // Whatever times configurations had, they belong to the first frame.
            write(message.kind, time: timeline.start, payload: message.payload.span)
        }
        waiting = []
    }

    mutating func tell(isFinal: Bool) {
        guard updatesHead, let head, isFinal || told.bytes != totals.bytes else { return }
        closeGathered()
        if index.entries.last != toldLastKeyframe, index.isUsable || toldIndexSize > 0 {
            overwrite(0, head.block(facts, totals, index, isOpen: false, isFinal: isFinal))
            let isShorter = index.encodedSize < toldIndexSize
            overwrite(RecordingHead.blockSize, head.tail(index, isWhole: isShorter))
            toldIndexSize = index.encodedSize
            toldLastKeyframe = index.entries.last
        }
        overwrite(0, head.block(facts, totals, index, isOpen: true, isFinal: isFinal))
        told = totals
    }

    private mutating func overwrite(_ offset: Int, _ bytes: [UInt8]) {
        operations.append(.overwrite(at: offset, bytes))
    }
}
