// SPDX-License-Identifier: Apache-2.0

/// A fixed piece of memory that is written once, from its start to its end, and read below what was written.
///
/// This is the one unsafe file of the pure modules. The proof:
/// - `memory` is allocated in `init`, freed in `deinit`, and never handed out beyond a call.
/// - Only the block list that appends writes, only behind its end, and copies of a list are never appended to (`append`
///   is not public); bytes below the end never change until the block is recycled.
/// - A block is recycled only when nobody else holds a reference to it, and never when another thread ever did.
///
/// So a reader that was told "up to here" by the writer, on the same thread or by a message that synchronises, reads
/// bytes that nobody writes any more. That is why `@unchecked Sendable` is true.
@safe
public final class Block: @unchecked Sendable {
    /// Bytes in a block. A stream at 2.5 Mbit/s fills ten in a second.
    public static let capacity = 32_768

    private let memory: UnsafeMutableRawPointer

    init() {
        unsafe memory = UnsafeMutableRawPointer.allocate(byteCount: Block.capacity, alignment: 16)
    }

    deinit {
        unsafe memory.deallocate()
    }

    /// Copies `count` bytes of `source`, from `start` on, to `offset`. All ranges are checked.
    func write(_ source: Span<UInt8>, from start: Int, count: Int, at offset: Int) {
        precondition(count >= 0 && start >= 0 && count <= source.count - start, "source range")
        precondition(offset >= 0 && count <= Block.capacity - offset, "block range")
        unsafe source.withUnsafeBytes { bytes in
            guard count > 0, let base = bytes.baseAddress else { return }
            unsafe (memory + offset).copyMemory(from: base + start, byteCount: count)
        }
    }

    /// Writes the `count` most significant bytes of `value`, the first one first, to `offset`. Ranges are checked.
    func write(_ value: UInt64, count: Int, at offset: Int) {
        precondition((0...8).contains(count) && offset >= 0 && count <= Block.capacity - offset, "block range")
        unsafe withUnsafeBytes(of: value.bigEndian) { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe (memory + offset).copyMemory(from: base, byteCount: count)
        }
    }

    /// Calls `body` with the bytes in `range`, which must have been written.
    package func withBytes<R>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        precondition(range.lowerBound >= 0 && range.upperBound <= Block.capacity, "block range")
        return unsafe body(UnsafeRawBufferPointer(start: memory + range.lowerBound, count: range.count))
    }
}

/// A growing sequence of bytes in blocks that can be dropped from the front.
///
/// Every byte has an absolute offset that never changes, counted from the first byte ever appended. Bytes in
/// `start..<end` are there; those before `start` were dropped. Copies are for reading: they share the blocks and keep
/// seeing the range that they were made with, while only the original is appended to.
public struct BlockList: Sendable {
    /// Dropped slots are nil until the array is compacted.
    private var blocks: [Block?] = []
    private var droppedSlots = 0
    /// Number of the first block that is still there; block n holds bytes from `n * Block.capacity`.
    private var firstBlock = 0
    private var spare: Block?
    /// Blocks below this number were given to other lists.
    private var sharedBelow = 0

    /// Offset of the first byte that is still there.
    public private(set) var start = 0
    /// Offset behind the last byte.
    public private(set) var end = 0

    /// No bytes.
    public init() {}

    /// Memory that the list holds, in bytes: whole blocks.
    public var memorySize: Int { (blocks.count - droppedSlots + (spare == nil ? 0 : 1)) * Block.capacity }

    /// Appends bytes.
    package mutating func append(_ bytes: Span<UInt8>) { append(bytes, 0..<bytes.count) }

    /// Appends the bytes of `range`.
    @inline(__always)
    mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var next = range.lowerBound
        while next < range.upperBound {
            let offset = roomOffset()
            let count = min(range.upperBound - next, Block.capacity - offset)
            blocks[blocks.count - 1]?.write(bytes, from: next, count: count, at: offset)
            next += count
            end += count
        }
    }

    /// Appends the `count` most significant bytes of `value`, the first one first.
    @inline(__always)
    mutating func append(_ value: UInt64, count: Int) {
        var rest = value
        var left = count
        while true {
            let offset = roomOffset()
            let taken = min(left, Block.capacity - offset)
            blocks[blocks.count - 1]?.write(rest, count: taken, at: offset)
            end += taken
            left -= taken
            guard left > 0 else { return }
            rest <<= UInt64(8 * taken)
        }
    }

    /// Where in the last block the next byte goes; makes a block when the last one is full.
    @inline(__always)
    private mutating func roomOffset() -> Int {
        let offset = end & (Block.capacity - 1)
        if offset == 0 { blocks.append(takeSpare()) }
        return offset
    }

    /// Drops the bytes before `offset`; whole blocks go, the rest stays in memory until its block is empty.
    package mutating func dropFirst(upTo offset: Int) {
        guard offset > start else { return }
        start = min(offset, end)
        let wanted = start / Block.capacity
        while firstBlock < wanted, droppedSlots < blocks.count {
            var dropped = blocks[droppedSlots].take()
            // A block that a copy of this list still holds must not be written again. For one that another thread read
            // and has let go, a count of one would not tell that it is done reading.
            if spare == nil, firstBlock >= sharedBelow, isKnownUniquelyReferenced(&dropped) { spare = dropped }
            droppedSlots += 1
            firstBlock += 1
        }
        if droppedSlots > 16, droppedSlots > blocks.count / 2 {
            blocks.removeSubrange(0..<droppedSlots)
            droppedSlots = 0
        }
    }

    /// Calls `body` with the bytes of `range` in pieces, in order, until it answers false.
    ///
    /// The part of `range` that is not in the list is left out.
    package func forEachPiece(in range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Bool) {
        var offset = max(range.lowerBound, start)
        let limit = min(range.upperBound, end)
        while offset < limit {
            let within = offset % Block.capacity
            let count = min(limit - offset, Block.capacity - within)
            guard let block = blocks[droppedSlots + offset / Block.capacity - firstBlock],
                unsafe block.withBytes(within..<(within + count), body)
            else { return }
            offset += count
        }
    }

    /// A copy of the bytes of `range`, as far as they are in the list.
    public func bytes(in range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        unsafe forEachPiece(in: range) { piece in
            unsafe copy.append(contentsOf: piece)
            return true
        }
        return copy
    }

    private mutating func takeSpare() -> Block {
        spare.take() ?? Block()
    }
}

/// A stretch of a block list on its way to another list that continues the same bytes: references, no copies.
package struct BlockStretch: Sendable {
    /// The bytes' offsets.
    package let range: Range<Int>
    /// The blocks that hold them, from the one of the first byte on.
    fileprivate let blocks: [Block]
}

extension BlockList {
    /// What another list needs to have the bytes from `offset` on, as far as they are here.
    package mutating func stretch(from offset: Int) -> BlockStretch {
        let range = min(max(offset, start), end)..<end
        guard !range.isEmpty else { return BlockStretch(range: range, blocks: []) }
        let last = (end - 1) / Block.capacity
        sharedBelow = max(sharedBelow, last + 1)
        let first = droppedSlots + range.lowerBound / Block.capacity - firstBlock
        return BlockStretch(range: range, blocks: blocks[first...].compactMap(\.self))
    }

    /// Continues with the bytes of another list. A stretch that begins behind our end drops what is here; one that ends
    /// before it changes nothing. A list that is extended must not be appended to: its last block belongs to the other.
    package mutating func extend(by stretch: BlockStretch) {
        let range = stretch.range
        if range.lowerBound > end || blocks.isEmpty && end == 0 {
            blocks = []
            droppedSlots = 0
            firstBlock = range.lowerBound / Block.capacity
            start = range.lowerBound
            end = start
        }
        guard range.upperBound > end else { return }
        end = range.upperBound
        sharedBelow = .max
        var number = range.lowerBound / Block.capacity
        for block in stretch.blocks {
            if number == firstBlock + blocks.count - droppedSlots { blocks.append(block) }
            number += 1
        }
    }
}
