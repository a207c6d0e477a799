// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Sends back what it gets, and ends a connection when the peer does.
struct EchoServer: Program, ~Copyable {
    var port: UInt16 = 1935
    var waiting: [ConnectionID: [UInt8]] = [:]
    var order: [ConnectionID] = []
    var received = 0
    var interruptions = 0

    mutating func start(at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.listen(ListenerID(1), ListenAddress(host: nil, port: port)))
    }

    mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {
        wishes.log(.info, "listening on \(address)")
    }

    mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {
        wishes.append(.finish(Ending(.failed, reason)))
    }

    mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        waiting[connection] = []
        order.append(connection)
        wishes.append(.keepAlive(connection))
    }

    mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {}

    mutating func connectFailed(_ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes) {}

    mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {
        received += bytes.count
        for index in bytes.indices { waiting[connection]?.append(bytes[index]) }
    }

    mutating func writable(_ connection: ConnectionID) {}

    mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        wishes.log(.info, "closed \(reason)")
        waiting[connection] = nil
        order.removeAll { $0 == connection }
    }

    mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {}

    mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        interruptions += 1
        wishes.append(.finish(Ending(.terminated, "asked to end")))
    }

    mutating func serve<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) -> Instant {
        for connection in order {
            guard let bytes = waiting[connection], !bytes.isEmpty else { continue }
            waiting[connection]?.removeFirst(link.send(connection, bytes.span))
        }
        return .never
    }
}

/// Connects, sends counted bytes at a pace, checks that they come back in order, and finishes.
struct EchoClient: Program, ~Copyable {
    var server = NetworkAddress(host: "server", port: 1935)
    var total = 100_000
    /// Bytes in a burst, and the time between two bursts.
    var burst = 2_000
    var pace: Duration = .milliseconds(10)
    var pausesReading = false

    var connection: ConnectionID?
    var log = BlockList()
    var nextBurst = Instant(nanoseconds: 0)
    var sent = 0
    var received = 0
    var isBlocked = false
    var blockedCount = 0
    var writableCount = 0
    var largestPiece = 0
    var smallestPiece = Int.max
    var finishedAt: Instant?

    static func byte(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: offset &* 31 &+ offset >> 8) }

    mutating func start(at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.connect(ConnectAttempt(1), server, timeout: .seconds(5)))
    }

    mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {}
    mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {}
    mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {}

    mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        self.connection = connection
        nextBurst = now
        if pausesReading { wishes.append(.pauseReading(connection)) }
    }

    mutating func connectFailed(_ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.finish(Ending(.unavailable, reason)))
    }

    mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {
        largestPiece = max(largestPiece, bytes.count)
        smallestPiece = min(smallestPiece, bytes.count)
        for index in bytes.indices {
            if bytes[index] != Self.byte(received) {
                wishes.append(.finish(Ending(.badInput, "byte \(received) is wrong")))
                return
            }
            received += 1
        }
        if received == total {
            wishes.append(.close(connection))
            wishes.append(.finish(Ending(.done)))
        }
    }

    mutating func writable(_ connection: ConnectionID) {
        isBlocked = false
        writableCount += 1
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        wishes.append(.finish(Ending(.incomplete, "\(reason)")))
    }

    mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {}
    mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {}

    mutating func serve<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) -> Instant {
        guard let connection else { return .never }
        while nextBurst <= now, log.end < total {
            let bytes = (log.end..<min(log.end + burst, total)).map(Self.byte)
            log.append(bytes.span)
            nextBurst = nextBurst + pace
        }
        if !isBlocked, sent < log.end {
            sent += link.send(connection, log, sent..<log.end)
            isBlocked = sent < log.end
            if isBlocked { blockedCount += 1 }
            log.dropFirst(upTo: sent)
        }
        return log.end < total ? nextBurst : .never
    }
}

/// Writes so many pieces to a file, overwrites its first bytes, closes it and finishes; then, as asked, reads it back.
struct FileWriter: Program, ~Copyable {
    var request = FileRequest.create(path: "out/a.bin", replacing: false, makingDirectories: true)
    var pieces = 10
    var readsBack = false

    var written = 0
    var readBytes: [UInt8] = []
    var facts: [String] = []

    mutating func start(at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.open(FileID(1), request))
        for piece in 0..<pieces {
            wishes.append(.write(FileID(1), [UInt8](repeating: UInt8(truncatingIfNeeded: piece), count: 100)))
        }
        wishes.append(.overwrite(FileID(1), at: 0, [0xAA, 0xBB]))
        wishes.append(.closeFile(FileID(1)))
    }

    mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        switch fact {
        case .opened(let path, _, _): facts.append("opened \(path)")
        case .wrote(let count): written += count
        case .read(let bytes):
            readBytes += bytes
            wishes.append(.read(file, upTo: 300))
        case .end: wishes.append(.finish(Ending(.done)))
        case .closed:
            facts.append("closed")
            guard readsBack else { return wishes.append(.finish(Ending(.done))) }
            wishes.append(.open(FileID(2), .read(path: "out/a.bin")))
            wishes.append(.seek(FileID(2), to: 1))
            wishes.append(.read(FileID(2), upTo: 300))
        case .renamed, .listed, .removed: break
        case .failed(let failure), .stuck(_, let failure):
            facts.append("failed \(failure.kind)")
            wishes.append(.finish(Ending(.inputOutput, failure.reason)))
        }
    }

    mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {}
    mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {}
    mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {}
    mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {}
    mutating func connectFailed(_ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes) {}
    mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {}
    mutating func writable(_ connection: ConnectionID) {}
    mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {}
    mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {}
    mutating func serve<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) -> Instant {
        .never
    }
}
