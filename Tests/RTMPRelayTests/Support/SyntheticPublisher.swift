// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Publishes a ``Synthetic`` stream from one frame to another, in real time, over one connection.
struct SyntheticPublisher: Program, ~Copyable {
    /// What to do after the last frame.
    enum End { case properly, hangUp, keepSilent }

    let url: RTMPURL
    let stream: Synthetic
    let frames: Range<Int>
    let start: UInt32
    let end: End
    var wrapsMetadata = true

    private(set) var refusal: Status?
    private(set) var isPublishing = false
    private(set) var nextFrame: Int
    private var session: ClientSession
    private var connection: ConnectionID?
    private var messageStream: MessageStreamID?
    private var output: [UInt8] = []
    private var sent = 0
    private var firstSent = Instant.never
    private var isOver = false

    init(
        _ url: RTMPURL, _ stream: Synthetic = Synthetic(), frames: Range<Int>, start: UInt32 = 0, end: End = .properly
    ) {
        self.url = url
        self.stream = stream
        self.frames = frames
        self.start = start
        self.end = end
        nextFrame = frames.lowerBound
        var random = SplitMix64(seed: UInt64(frames.lowerBound))
        session = ClientSession(configuration: ClientSession.Configuration(purpose: .publish), random: &random)
    }

    mutating func start(at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.connect(ConnectAttempt(1), url.address, timeout: .seconds(10)))
    }

    mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        self.connection = connection
        try? session.connect(to: url)
    }

    mutating func connectFailed(
        _ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes
    ) {
        wishes.append(.finish(Ending(.unavailable, reason)))
    }

    mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {
        session.receive(bytes)
        do {
            while let event = try session.nextEvent() {
                switch event {
                case .connected: try session.publish(url.name.value)
                case .publishing(let stream):
                    messageStream = stream
                    isPublishing = true
                    firstSent = now
                    for header in self.stream.headers { try session.send(header, on: stream) }
                case .rejected(let status): refusal = status
                default: break
                }
            }
        } catch {
            wishes.append(.finish(Ending(.protocolError, "\(error)")))
        }
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        self.connection = nil
        isPublishing = false
        wishes.append(.finish(Ending(.incomplete, "\(reason)")))
    }

    mutating func serve<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) -> Instant {
        guard let connection else { return .never }
        if let messageStream, !isOver {
            while nextFrame < frames.upperBound, due(nextFrame) <= now {
                try? session.send(stream.frame(nextFrame, start: start), on: messageStream)
                nextFrame += 1
            }
            // Whoever hangs up lets the last frame arrive first, so that a test knows what must have come.
            let isDone = end == .properly || end == .hangUp && now >= due(nextFrame) + .milliseconds(100)
            if nextFrame == frames.upperBound, isDone {
                isOver = true
                if end == .properly { session.finish() }
            }
        }
        output += session.takeOutput()
        let pending = output
        sent += link.send(connection, pending.span.extracting(sent..<pending.count))
        if sent == output.count {
            output = []
            sent = 0
            if isOver {
                wishes.append(end == .properly ? .close(connection) : .abort(connection))
                self.connection = nil
                isPublishing = false
                wishes.append(.finish(Ending(.done)))
            }
        }
        guard messageStream != nil else { return .never }
        if nextFrame < frames.upperBound { return due(nextFrame) }
        return end == .hangUp ? due(nextFrame) + .milliseconds(100) : .never
    }

    private func due(_ frame: Int) -> Instant {
        firstSent + .milliseconds((frame - frames.lowerBound) * Int(stream.interval))
    }

    mutating func writable(_ connection: ConnectionID) {}
    mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {}
    mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {}
    mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {}
    mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {}
    mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {}
}
