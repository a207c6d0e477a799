// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Plays a stream and writes down everything that comes.
struct WatchingPlayer: Program, ~Copyable {
    let url: RTMPURL
    /// Calls made once the stream plays: "pause", "receiveVideo", in message form.
    var afterPlaying: [(delay: Duration, payload: [UInt8])] = []

    /// Takes what comes instead of having it written down.
    var sink: ((MediaPacket) -> Void)?

    private(set) var packets: [MediaPacket] = []
    private(set) var arrivals: [Instant] = []
    private(set) var statuses: [Status] = []
    private(set) var ended: StatusCode?
    private(set) var sawEOF = false
    private(set) var rejected: Status?
    /// Where it was asked to go, which it does not.
    private(set) var sentTo: [String?] = []
    private(set) var isPlaying = false
    private(set) var isClosed = false
    private(set) var fault: String?
    private var session: ClientSession
    private var connection: ConnectionID?
    private var output: [UInt8] = []
    private var sent = 0

    init(_ url: RTMPURL, seed: UInt64 = 1) {
        self.url = url
        var random = SplitMix64(seed: seed)
        session = ClientSession(configuration: ClientSession.Configuration(purpose: .play), random: &random)
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
                case .connected: try session.play(url.name.value)
                case .playing: isPlaying = true
                case .media(let packet, on: _):
                    if let sink {
                        sink(packet)
                        continue
                    }
                    packets.append(packet)
                    arrivals.append(now)
                case .status(let status, on: _): statuses.append(status)
                case .ended(let code): ended = code
                case .streamEOF: sawEOF = true
                case .rejected(let status): rejected = status
                case .reconnectRequested(let target): sentTo.append(target)
                default: break
                }
            }
        } catch {
            fault = "\(error)"
        }
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        self.connection = nil
        isClosed = true
    }

    mutating func serve<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) -> Instant {
        guard let connection else { return .never }
        output += session.takeOutput()
        let pending = output
        sent += link.send(connection, pending.span.extracting(sent..<pending.count))
        if sent == output.count {
            output = []
            sent = 0
        }
        return .never
    }

    mutating func writable(_ connection: ConnectionID) {}
    mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {}
    mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {}
    mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {}
    mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {}
    mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.finish(Ending(.interrupted)))
    }
}
