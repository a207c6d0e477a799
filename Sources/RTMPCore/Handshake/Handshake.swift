// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// The exchange of version, C1/S1 and C2/S2 that begins a connection (RTMP §5.2), for either side.
///
/// ```swift
/// var position = 0
/// let isComplete = try handshake.next(from: bytes, at: &position)
/// socket.write(handshake.takeOutput())
/// ```
///
/// The bytes behind `position` are chunks as soon as it is complete. A server answers C1 at once, without waiting for
/// C2; a client answers S1 at once, without waiting for S2: some old servers wait for that. What the last packet of
/// the peer holds is not looked at, because real peers put various things there.
///
/// With digests (also known as the complex handshake) Flash products recognise each other. Any side without them is
/// answered in the plain form.
public struct Handshake: Sendable {
    /// Which side we are.
    public enum Role: Sendable, Hashable {
        /// The side that connected, and speaks first.
        case client
        /// The side that was connected to.
        case server
    }

    /// The form of C1/S1 and C2/S2.
    public enum Scheme: Sendable, Hashable {
        /// Random filler, echoed.
        case plain
        /// Random filler with digests and signatures.
        case digest
    }

    /// Bytes that each side sends in a handshake: chunks begin there.
    public static let size = 1 + 2 * HandshakePacket.size
    private static let version: UInt8 = 3

    private enum State: Sendable {
        /// Nothing has come.
        case awaitingVersion
        /// The version has come; C1 or S1 is coming in.
        case collecting([UInt8])
        /// C1 or S1 is answered; so many bytes of C2 or S2 are to come.
        case skipping(Int)
        case complete
        case failed(RTMPError)
    }

    private let role: Role
    private var state = State.awaitingVersion
    private var random: SplitMix64
    private var output: [UInt8] = []
    private var buffer = ReceiveBuffer()
    /// The form in use: the one wished for, and the one agreed on once the peer's C1 or S1 has come.
    public private(set) var scheme: Scheme
    /// Bytes of the peer that were consumed.
    public private(set) var offset = 0

    /// The last 32 bytes of S1, once a client has it: the key of SWF verification.
    private(set) var helloTail: [UInt8] = []

    /// A handshake that has not begun. A client's C0 and C1 are in ``takeOutput()`` at once.
    ///
    /// `random` is asked for 64 bits; the filler follows from them.
    public init(role: Role, scheme: Scheme = .digest, random: inout some RandomNumberGenerator) {
        self.role = role
        self.scheme = scheme
        self.random = SplitMix64(seed: random.next())
        if role == .client {
            output.append(Self.version)
            output += makeHello(base: .first)
        }
    }

    /// Whether the peer has sent everything, and what follows are chunks.
    public var isComplete: Bool {
        if case .complete = state { true } else { false }
    }

    /// Consumes from `input` at `position` and answers; true when complete: the bytes behind `position` are chunks.
    ///
    /// - Throws: ``RTMPError/Code/unsupportedVersion``, the only thing that a peer can do wrong here.
    public mutating func next(from input: Span<UInt8>, at position: inout Int) throws(RTMPError) -> Bool {
        let start = position
        defer { offset += position - start }
        while true {
            switch state {
            case .awaitingVersion:
                guard position < input.count else { return false }
                try check(version: input[position])
                position += 1
                state = .collecting([])
            case .collecting(var packet):
                state = .awaitingVersion
                let count = min(HandshakePacket.size - packet.count, input.count - position)
                packet.append(copying: input.extracting(position..<(position + count)))
                position += count
                guard packet.count == HandshakePacket.size else {
                    state = .collecting(packet)
                    return false
                }
                answer(packet)
                state = .skipping(HandshakePacket.size)
            case .skipping(let left):
                let count = min(left, input.count - position)
                position += count
                state = count == left ? .complete : .skipping(left - count)
                if count < left { return false }
            case .complete:
                return true
            case .failed(let error):
                throw error
            }
        }
    }

    /// Takes a copy of `bytes`, for ``advance()``.
    public mutating func receive(_ bytes: Span<UInt8>) { buffer.append(bytes) }

    /// Works on what was received; true when complete: then ``takeUnconsumed()`` has the first chunks.
    ///
    /// - Throws: the same as ``next(from:at:)``.
    public mutating func advance() throws(RTMPError) -> Bool {
        var input = ReceiveBuffer()
        swap(&input, &buffer)
        var position = input.start
        defer {
            input.consume(upTo: position)
            swap(&input, &buffer)
        }
        return try next(from: input.bytes.span, at: &position)
    }

    /// Bytes to send to the peer, in order; empties itself.
    public mutating func takeOutput() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &output)
        return taken
    }

    /// Bytes that were received and lie behind the handshake; empties itself.
    public mutating func takeUnconsumed() -> [UInt8] { buffer.takeRest() }

    private mutating func check(version: UInt8) throws(RTMPError) {
        // A client leaves it to the server what it calls its version, as librtmp does, unless that is no RTMP at all.
        guard version == Self.version || role == .client && version < 32 else {
            let guess =
                switch version {
                case 6, 8, 9: ", which is RTMPE"
                case 0x16: ", which begins TLS"
                case 0x41...0x5A: ", which begins HTTP or other text"
                default: ""
                }
            let error = RTMPError(
                .unsupportedVersion, at: offset,
                in: "\(role == .server ? "C0" : "S0"): \(version)\(guess) (RTMP §5.2.2)")
            state = .failed(error)
            throw error
        }
    }

    /// Answers the peer's C1 or S1.
    private mutating func answer(_ packet: [UInt8]) {
        let peer = role == .server ? HandshakeDigest.Keys.client : .server
        let ours = role == .server ? HandshakeDigest.Keys.server : .client
        let isOffered = scheme == .digest && HandshakePacket.hasVersion(packet)
        let digest = isOffered ? HandshakeDigest(in: packet, keys: peer) : nil
        scheme = digest == nil ? .plain : .digest
        if role == .client { helloTail = packet.suffix(SHA256.size) }
        if role == .server {
            output.append(Self.version)
            output += makeHello(base: digest?.base ?? .first)
        }
        if let digest {
            output += HandshakePacket.signed(answering: digest, keys: ours, random: &random)
        } else {
            output += packet
        }
    }

    /// A C1 or S1 of the scheme in use.
    private mutating func makeHello(base: HandshakeDigest.Base) -> [UInt8] {
        guard scheme == .digest else { return HandshakePacket.hello(version: 0, random: &random) }
        let isServer = role == .server
        var packet = HandshakePacket.hello(
            version: isServer ? HandshakePacket.serverVersion : HandshakePacket.clientVersion, random: &random)
        _ = HandshakeDigest(writingTo: &packet, base: base, keys: isServer ? .server : .client)
        return packet
    }
}
