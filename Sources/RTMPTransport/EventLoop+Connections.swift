// SPDX-License-Identifier: Apache-2.0

import RTMPCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension EventLoop where P: ~Copyable {
    /// Buffers that one connection may fill in one turn, so that a fast peer does not keep the others waiting.
    private static var readsPerTurn: Int { 4 }
    /// What others than sources may send in one turn. Small messages cost most: these are some hundred commands.
    private static var smallRead: Int { 16_384 }
    /// A connection whose bytes took so long goes on in the next turn.
    private static var timePerTurn: Duration { .milliseconds(2) }

    mutating func connectionReady(_ index: Int, _ readiness: Readiness) {
        let id = sockets.id(index)
        if !readiness.isDisjoint(with: [.ended, .failed]) { sockets.slots[index].hasEnded = true }
        if !readiness.isDisjoint(with: [.read, .ended, .failed]) {
            sockets.slots[index].isReadable = true
            if readiness.contains(.failed), sockets.slots[index].isPaused, sockets.slots[index].role == .connection {
                // Nobody reads, so nobody would find out.
                let code = System.socketError(sockets.slots[index].descriptor)
                tellClosed(index, code == 0 ? .endOfStream : .failed(SystemError(code: code).connectionSentence))
            } else {
                read(index)
            }
        }
        guard !readiness.isDisjoint(with: [.write, .failed]), let index = sockets.connection(id),
            sockets.slots[index].isBlocked
        else { return }
        sockets.slots[index].isBlocked = false
        program.writable(id)
    }

    /// Reads what there is, up to the share of a turn.
    mutating func read(_ index: Int) {
        let id = sockets.id(index)
        let stream = sockets.slots[index].stream
        var total = 0
        defer {
            pace.read(total, from: id)
            if sockets.slots[index].isGathering { looked(at: id, found: total > 0) }
        }
        let isSource = sockets.slots[index].isSource
        let buffer = UnsafeMutableRawBufferPointer(
            rebasing: readBuffer[..<(isSource ? readBuffer.count : Self.smallRead)])
        // Most connections are read once, and need no clock for it.
        let begin = isSource ? SystemClock.now : now
        for count in 0..<(isSource ? Self.readsPerTurn : 1) {
            guard sockets.index(of: id) != nil, !isHeldBack(index) else { return }
            if count > 0, SystemClock.now - begin > Self.timePerTurn { break }
            switch stream.receive(into: buffer) {
            case .bytes(let count):
                total += count
                // A short read is the end of what there is, unless the end itself is behind it.
                let isDrained = count < buffer.count && !sockets.slots[index].hasEnded
                if isDrained { sockets.markDrained(index) }
                if sockets.slots[index].role == .connection {
                    let bytes = Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    program.received(id, bytes, at: now, &wishes)
                    carryOutWishes()
                }
                if isDrained { return }
            case .wouldBlock:
                sockets.markDrained(index)
                return
            case .end:
                tellClosed(index, .endOfStream)
                return
            case .failed(let error):
                tellClosed(index, .failed(error.connectionSentence))
                return
            }
        }
        if sockets.index(of: id) != nil, !isHeldBack(index) { sockets.queueAgain(index) }
    }

    private func isHeldBack(_ index: Int) -> Bool {
        !sockets.slots[index].isReadable || sockets.slots[index].isPaused && sockets.slots[index].role == .connection
    }

    /// The connection is gone; the program hears of it unless it was done with it.
    private mutating func tellClosed(_ index: Int, _ reason: CloseReason) {
        let id = sockets.id(index)
        let isKnown = sockets.slots[index].role == .connection
        closeSlot(index)
        guard isKnown else { return }
        program.closed(id, reason, at: now, &wishes)
        carryOutWishes()
        serveSoon()
    }

    /// Tells of the connections on which a send failed while the program served.
    mutating func tellBroken() {
        guard !sockets.broken.isEmpty else { return }
        var broken: [(id: ConnectionID, error: SystemError)] = []
        swap(&broken, &sockets.broken)
        for (id, error) in broken {
            guard let index = sockets.connection(id) else { continue }
            tellClosed(index, .failed(error.connectionSentence))
        }
    }

    /// Closes a descriptor for good. One is free again, which accepting may wait for.
    mutating func closeSlot(_ index: Int) {
        // First, or another loop may have the number again.
        admission?.release(sockets.slots[index].descriptor)
        sockets.close(index)
        trimming.noteRelease()
        if acceptsAgain != .never { acceptsAgain = now }
    }

    // Wishes

    mutating func close(_ id: ConnectionID) {
        guard let index = sockets.connection(id) else { return }
        sockets.slots[index].role = .draining
        sockets.slots[index].stream.endOutput()
        drains.append((id, now + Self.closingTime))
        // What the peer still sends is thrown away; an unread byte would make the kernel reset the connection and
        // take what we sent with it.
        stopGathering(index)
        if sockets.slots[index].isReadable { sockets.queueAgain(index) }
    }

    mutating func abort(_ id: ConnectionID) {
        guard let index = sockets.connection(id) else { return }
        System.resetOnClose(sockets.slots[index].descriptor)
        closeSlot(index)
    }

    mutating func pauseReading(_ id: ConnectionID) {
        guard let index = sockets.connection(id) else { return }
        sockets.slots[index].isPaused = true
    }

    mutating func resumeReading(_ id: ConnectionID) {
        guard let index = sockets.connection(id), sockets.slots[index].isPaused else { return }
        sockets.slots[index].isPaused = false
        // The edge may have come during the pause and will not come again.
        if sockets.slots[index].isReadable { sockets.queueAgain(index) }
    }

    mutating func keepAlive(_ id: ConnectionID) {
        guard let index = sockets.connection(id) else { return }
        System.setKeepAlive(sockets.slots[index].descriptor)
    }
}
