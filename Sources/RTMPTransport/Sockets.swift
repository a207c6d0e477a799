// SPDX-License-Identifier: Apache-2.0

import RTMPCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Everything that a loop watches, by small number; and the link on which its program sends.
///
/// A slot is used again, each time with the next generation, so an event or a wish that is meant for the slot's last
/// user finds nobody. The pair is the poller's tag and, for a connection, its identifier.
struct Sockets: Link, ~Copyable {
    enum Role: UInt8 {
        case free, mailbox, signals, listener, attempt, connection
        /// A connection that the program is done with: our side is closed, the peer's is waited for.
        case draining
    }

    struct Slot {
        var descriptor: Int32 = -1
        var generation: UInt32 = 0
        var role = Role.free
        /// A send took less than it was offered, and `writable` is owed.
        var isBlocked = false
        /// The program does not want bytes.
        var isPaused = false
        /// There was an edge, and reading has not come to "would block" since.
        var isReadable = false
        /// The peer said that nothing more comes: a short read is not the end of what can be read.
        var hasEnded = false
        /// Stands in `again`.
        var isQueued = false
        /// A large part of a turn may go into reading from it: we connected to it, or it sends media.
        var isSource = false
        /// A send failed; the `closed` fact follows.
        var isBroken = false
        /// Few bytes do not make it readable.
        var isGathering = false
        /// What a listener or an attempt is to the loop.
        var owner = 0

        var stream: ByteStream { ByteStream(descriptor: descriptor) }
    }

    /// Pieces of a block list in one system call.
    private static let pieceLimit = 64

    var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private let pieces = UnsafeMutableBufferPointer<iovec>.allocate(capacity: pieceLimit)
    private let poller: any Poller
    private let needsRearming: Bool

    /// Connections on which a send failed since the loop last looked.
    var broken: [(id: ConnectionID, error: SystemError)] = []
    /// Slots that have more to read than their share of a turn.
    var again: [ConnectionID] = []

    init(poller: any Poller) {
        self.poller = poller
        needsRearming = poller.needsRearming
    }

    deinit {
        for slot in slots where slot.role != .free && slot.role != .mailbox && slot.role != .signals {
            System.close(slot.descriptor)
        }
        pieces.deallocate()
    }

    // Slots

    /// Takes over a descriptor and watches it. On an error it is closed.
    mutating func add(_ descriptor: Int32, _ role: Role, owner: Int = 0) throws(SystemError) -> ConnectionID {
        let index: Int
        if let free = freeSlots.popLast() {
            index = free
        } else {
            index = slots.count
            slots.append(Slot())
        }
        let generation = slots[index].generation
        let id = ConnectionID(index: index, generation: generation)
        do throws(SystemError) {
            try poller.add(
                descriptor, tag: id.rawValue, for: role == .attempt ? .write : .read,
                isOneWay: role == .listener || role == .mailbox || role == .signals)
        } catch {
            freeSlots.append(index)
            System.close(descriptor)
            throw error
        }
        slots[index] = Slot(descriptor: descriptor, generation: generation, role: role, owner: owner)
        return id
    }

    /// Closes the descriptor of a slot and frees it.
    mutating func close(_ index: Int) {
        poller.remove(slots[index].descriptor)
        System.close(slots[index].descriptor)
        free(index)
    }

    /// Frees a slot whose descriptor goes elsewhere, open.
    mutating func release(_ index: Int) -> Int32 {
        let descriptor = slots[index].descriptor
        poller.release(descriptor)
        if slots[index].isGathering { System.setLowWater(descriptor, 1) }
        free(index)
        return descriptor
    }

    private mutating func free(_ index: Int) {
        let (generation, isUsedUp) = slots[index].generation.addingReportingOverflow(1)
        slots[index] = Slot(generation: generation)
        // An identifier is never used twice: a slot that has had all of its generations stays empty.
        if !isUsedUp { freeSlots.append(index) }
    }

    func id(_ index: Int) -> ConnectionID { ConnectionID(index: index, generation: slots[index].generation) }

    /// The index of what an identifier means, nil when that is gone.
    func index(of id: ConnectionID) -> Int? {
        let index = id.index
        guard index < slots.count, slots[index].generation == id.generation, slots[index].role != .free else {
            return nil
        }
        return index
    }

    /// The index of a connection that the program still knows.
    func connection(_ id: ConnectionID) -> Int? {
        guard let index = index(of: id), slots[index].role == .connection else { return nil }
        return index
    }

    /// Has a connection watched with those that carry media. Without memory for that it stays where it is.
    mutating func moveToMedia(_ index: Int, isSource: Bool) {
        if isSource { slots[index].isSource = true }
        try? poller.moveToMedia(slots[index].descriptor, tag: id(index).rawValue)
    }

    /// Reading came to "would block".
    mutating func markDrained(_ index: Int) {
        slots[index].isReadable = false
        if needsRearming { poller.rearm(slots[index].descriptor, for: .read) }
    }

    /// Has the slot looked at in the next turn, without an event.
    mutating func queueAgain(_ index: Int) {
        guard !slots[index].isQueued else { return }
        slots[index].isQueued = true
        again.append(id(index))
    }

    // Link

    mutating func send(_ connection: ConnectionID, _ bytes: Span<UInt8>) -> Int {
        guard let index = sendable(connection), !bytes.isEmpty else { return 0 }
        let stream = slots[index].stream
        let transfer = bytes.withUnsafeBytes { stream.send($0) }
        return settle(index, transfer, offered: bytes.count)
    }

    mutating func send(_ connection: ConnectionID, _ blocks: borrowing BlockList, _ range: Range<Int>) -> Int {
        // Bytes that were dropped from the list would be left out in silence.
        guard let index = sendable(connection), range.lowerBound >= blocks.start else { return 0 }
        let stream = slots[index].stream
        var sent = 0
        while true {
            // The pointers outlive the closure, not the borrow of `blocks`, which keeps its memory where it is.
            var count = 0
            var offered = 0
            let pieces = pieces
            blocks.forEachPiece(in: (range.lowerBound + sent)..<range.upperBound) { piece in
                pieces[count] = iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: piece.baseAddress), iov_len: piece.count)
                count += 1
                offered += piece.count
                return count < Self.pieceLimit
            }
            guard count > 0 else { return sent }
            let transfer =
                count == 1
                ? stream.send(UnsafeRawBufferPointer(start: pieces[0].iov_base, count: pieces[0].iov_len))
                : stream.send(UnsafeMutableBufferPointer(rebasing: pieces[0..<count]))
            let taken = settle(index, transfer, offered: offered)
            sent += taken
            if taken < offered || count < Self.pieceLimit || sent >= range.count { return sent }
        }
    }

    private func sendable(_ id: ConnectionID) -> Int? {
        guard let index = connection(id), !slots[index].isBlocked, !slots[index].isBroken else { return nil }
        return index
    }

    private mutating func settle(_ index: Int, _ transfer: ByteStream.Transfer, offered: Int) -> Int {
        var taken = 0
        switch transfer {
        case .bytes(let count): taken = count
        case .wouldBlock, .end: break
        case .failed(let error):
            slots[index].isBroken = true
            broken.append((id(index), error))
            return 0
        }
        if taken < offered {
            slots[index].isBlocked = true
            if needsRearming { poller.rearm(slots[index].descriptor, for: .write) }
        }
        return taken
    }
}

extension ConnectionID {
    /// The identifier whose `rawValue` a poller was given as a tag.
    init(tag: UInt64) {
        self.init(index: Int(UInt32(truncatingIfNeeded: tag)), generation: UInt32(truncatingIfNeeded: tag >> 32))
    }
}
