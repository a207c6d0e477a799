// SPDX-License-Identifier: Apache-2.0

/// How good the way between hosts is when nothing goes wrong.
public struct Conditions: Sendable {
    /// Time on the way, drawn once for each connection.
    public var latency: Range<Duration>
    /// Time that may be added to each piece; order is kept.
    public var jitter: Duration
    /// Bytes a second in each direction; nil is no limit.
    public var bandwidth: Int?
    /// Bytes that a sender can have under way before it is blocked, drawn once for each connection and direction.
    public var buffer: Range<Int>

    /// Conditions from their parts.
    public init(
        latency: Range<Duration>, jitter: Duration = .zero, bandwidth: Int? = nil,
        buffer: Range<Int> = 262_144..<262_145
    ) {
        self.latency = latency
        self.jitter = jitter
        self.bandwidth = bandwidth
        self.buffer = buffer
    }

    /// One rack: a fifth of a millisecond.
    public static let local = Conditions(latency: .microseconds(100)..<(.microseconds(300)), jitter: .microseconds(50))
    /// The Internet: 5 to 80 ms and some jitter.
    public static let wide = Conditions(latency: .milliseconds(5)..<(.milliseconds(80)), jitter: .milliseconds(10))

    /// The same with a limit on bandwidth, in bytes a second, and a small buffer.
    public func limited(to bandwidth: Int, buffer: Int = 65_536) -> Conditions {
        var conditions = self
        conditions.bandwidth = bandwidth
        conditions.buffer = buffer..<(buffer + 1)
        return conditions
    }
}

/// What goes wrong, and how often. All probabilities are from 0 to 1.
public struct Faults: Sendable {
    /// A delivery hands over only a part of what arrived, often one or a few bytes.
    public var split = 0.0
    /// A send is late by a little, and what comes behind it is not early.
    public var delay = 0.0
    /// By how much.
    public var delayTime: Range<Duration> = .milliseconds(1)..<(.milliseconds(200))
    /// A send is held up, and everything behind it.
    public var stall = 0.0
    /// For how long.
    public var stallTime: Range<Duration> = .milliseconds(10)..<(.seconds(3))
    /// A connection breaks some time after it was made.
    public var breakdown = 0.0
    /// Within this time.
    public var breakdownTime: Duration = .seconds(30)
    /// How connections break: each kind is as likely as it is often in this list.
    public var breakdownKinds: [Cut] = [.reset, .reset, .halfClose, .vanish]
    /// Who connects arrives twice: half of the twins never say a word, the others all that is said on the connection
    /// that was meant. Nobody hears what a twin is told.
    public var duplicateConnect = 0.0
    /// An attempt to connect is refused.
    public var refusal = 0.0
    /// An attempt to connect is not answered at all.
    public var noAnswer = 0.0
    /// A connection gets a buffer of 1 to 8 KB in each direction.
    public var smallBuffer = 0.0
    /// A connection gets between 1/20 and 1 of `narrowBandwidth`.
    public var narrow = 0.0
    /// In bytes a second.
    public var narrowBandwidth = 400_000
    /// Opening a file fails.
    public var openFailure = 0.0
    /// A write to a file fails; what was written before it stays.
    public var writeFailure = 0.0

    /// No faults.
    public init() {}

    /// Nothing goes wrong; bytes still take their time.
    public static let none = Faults()

    /// Bytes come in odd pieces and late, but everything that is sent arrives.
    public static let rough: Faults = {
        var faults = Faults()
        faults.split = 0.3
        faults.stall = 0.002
        faults.smallBuffer = 0.2
        return faults
    }()

    /// Everything goes wrong, some of it often.
    public static let hostile: Faults = {
        var faults = Faults.rough
        faults.stall = 0.005
        faults.breakdown = 0.5
        faults.refusal = 0.1
        faults.noAnswer = 0.05
        faults.narrow = 0.2
        faults.openFailure = 0.02
        faults.writeFailure = 0.001
        return faults
    }()
}

/// How a connection breaks.
public enum Cut: Sendable, Hashable, CaseIterable {
    /// Both sides are told at once; what was under way is lost.
    case reset
    /// One side's stream ends in the middle, as when a proxy closes; the other direction ends after what was under way.
    case halfClose
    /// Nothing arrives any more and nobody is told, as when a cable is cut. Keep-alive finds it after 25 s, bytes that
    /// are not acknowledged after 60 s, and else nothing.
    case vanish
}
