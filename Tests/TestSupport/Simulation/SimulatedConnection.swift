// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// A connection between two hosts: two sides, and a pipe for what each of them sends.
final class SimulatedConnection {
    struct Side {
        var host: Int
        var id: ConnectionID
        /// Whether its program still hears of the connection.
        var isOpen = true
        var isReadingPaused = false
        /// On its way from one shard to another: neither is told anything.
        var isMoving = false
        var keepsAlive = false
        var userTimeoutIsSet = false
        /// When its program left, in nanoseconds.
        var leftAt = Int64.max
    }

    /// First who connected, then who accepted.
    var sides: [Side]
    /// What the side with the same index sends.
    let pipes: [Pipe]
    let latency: Int64
    let jitter: Int
    /// No fault happens to it.
    let isSpared: Bool
    /// A connection that is told the same by who connected.
    var twin: Int?
    /// Nothing arrives any more; nobody was told.
    var isVanished = false
    /// A side's machine went away and came back: whoever sends to it learns that the connection is gone.
    var isForgotten = false

    init(sides: [Side], pipes: [Pipe], latency: Int64, jitter: Int, isSpared: Bool) {
        self.isSpared = isSpared
        self.sides = sides
        self.pipes = pipes
        self.latency = latency
        self.jitter = jitter
    }
}

/// The bytes under way in one direction, in order, each with its time of arrival.
final class Pipe {
    /// How a direction ends.
    enum End { case finished, reset }

    private struct Piece {
        var end: Int
        var arrival: Int64
    }

    /// How many bytes may be under way.
    let capacity: Int
    /// Nanoseconds for a byte, in 1/1024; 0 without a limit.
    private let timePerByte: Int64
    private(set) var buffer: [UInt8] = []
    private(set) var head = 0
    private var pieces: [Piece] = []
    private var firstPiece = 0
    private var written = 0
    private var launched = 0
    private var delivered = 0
    private var freeAt: Int64 = 0
    private(set) var lastArrival: Int64 = 0
    /// How this direction ends behind its last byte, and when that arrives.
    private(set) var end: (kind: End, arrival: Int64)?
    /// The sender was told that there is no room.
    var isBlocked = false
    var writableIsScheduled = false
    /// When the next delivery is due.
    var scheduled = Int64.max

    init(capacity: Int, bandwidth: Int?) {
        self.capacity = capacity
        timePerByte = bandwidth.map { 1_024_000_000_000 / Int64(max($0, 1)) } ?? 0
    }

    var underWay: Int { written - delivered }
    var room: Int { end == nil ? max(capacity - underWay, 0) : 0 }

    func append(_ bytes: UnsafeRawBufferPointer) {
        if head == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 65_536, head > buffer.count / 2 {
            buffer.removeSubrange(0..<head)
            head = 0
        }
        buffer.append(contentsOf: bytes)
        written += bytes.count
    }

    /// Gives everything appended since the last call its times of arrival, at `delay` behind its departure.
    func launch(at now: Int64, delay: Int64) {
        while launched < written {
            // With a limit a big send becomes several pieces, so that it trickles in.
            let count = timePerByte == 0 ? written - launched : min(written - launched, 4_096)
            freeAt = max(freeAt, now) + Int64(count) * timePerByte / 1_024
            lastArrival = max(lastArrival, freeAt + delay)
            launched += count
            if firstPiece < pieces.count, pieces[pieces.count - 1].arrival == lastArrival {
                pieces[pieces.count - 1].end = launched
            } else {
                pieces.append(Piece(end: launched, arrival: lastArrival))
            }
        }
    }

    /// What was appended since the last launch.
    var unlaunched: ArraySlice<UInt8> { buffer[(buffer.count - (written - launched))...] }

    /// How many bytes have arrived and are not delivered.
    func arrived(by now: Int64) -> Int {
        var end = delivered
        var index = firstPiece
        while index < pieces.count, pieces[index].arrival <= now {
            end = pieces[index].end
            index += 1
        }
        return end - delivered
    }

    func consume(_ count: Int) {
        delivered += count
        head += count
        while firstPiece < pieces.count, pieces[firstPiece].end <= delivered { firstPiece += 1 }
        if firstPiece == pieces.count {
            pieces.removeAll(keepingCapacity: true)
            firstPiece = 0
        } else if firstPiece > 64, firstPiece > pieces.count / 2 {
            pieces.removeSubrange(0..<firstPiece)
            firstPiece = 0
        }
    }

    /// When something can be delivered next, at the earliest.
    var nextArrival: Int64? {
        firstPiece < pieces.count ? pieces[firstPiece].arrival : end?.arrival
    }

    /// Ends the direction behind what was sent.
    func finish(at now: Int64, delay: Int64) {
        guard end == nil else { return }
        lastArrival = max(lastArrival, max(freeAt, now) + delay)
        end = (.finished, lastArrival)
    }

    /// Ends the direction at once: what is under way is lost.
    func reset(at now: Int64, delay: Int64) {
        if case .reset = end?.kind { return }
        consume(underWay)
        end = (.reset, now + delay)
    }

    /// Everything sent from now on, and what is under way, comes later by `duration`.
    func stall(until time: Int64) {
        freeAt = max(freeAt, time)
        lastArrival = max(lastArrival, time)
        for index in pieces.indices.dropFirst(firstPiece) { pieces[index].arrival = max(pieces[index].arrival, time) }
        if let end { self.end = (end.kind, max(end.arrival, time)) }
    }
}
