// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// What a relay does, and within which limits.
public struct RelayConfiguration: Sendable {
    /// Carry a stream from one host to others, for as long as the relay runs.
    public struct Route: Sendable, Hashable {
        /// Where the stream is played from.
        public var source: RTMPURL
        /// Where it is published to.
        public var destinations: [RTMPURL]
        /// A route.
        public init(source: RTMPURL, destinations: [RTMPURL]) {
            self.source = source
            self.destinations = destinations
        }
    }

    /// Exchange streams under a path with another host.
    public struct Rule: Sendable, Hashable {
        /// An app or `app/name`, compared by leading components; empty for every stream.
        public var path: String
        /// The other host. A URL with only an app takes the stream's own name; `{name}` in its name is replaced by it.
        public var url: RTMPURL
        /// A rule.
        public init(path: String, url: RTMPURL) {
            self.path = path
            self.url = url
        }
    }

    /// How long players are kept when their publisher's connection breaks.
    public enum Hold: Sendable, Hashable {
        /// So long; zero ends the stream at once.
        case seconds(Int)
        /// Until the publisher comes back.
        case forever
    }

    /// Whether a publisher may take the name of another that is still connected.
    public enum Takeover: Sendable, Hashable {
        /// When the other has sent nothing for 3 s: encoders come back before their dead connection is found out.
        case stale
        /// At once.
        case always
        /// Not before it is gone.
        case never
    }

    /// Addresses to listen on.
    public var listeners: [ListenAddress] = []
    /// Streams to carry whether somebody asks for them or not.
    public var routes: [Route] = []
    /// Streams to publish to other hosts while they are published here.
    public var pushes: [Rule] = []
    /// Streams to play from other hosts while somebody plays them here.
    public var pulls: [Rule] = []
    /// Where and how every stream is recorded; nil records nothing.
    public var recording: RecordingPlan?
    /// Bytes that all recordings together may hold for a disk that is slow; what comes then is lost to them.
    public var recordingBacklog = 48 << 20
    /// Directory to record every stream in, by the names that ``NameTemplate/standard`` makes; nil records nothing.
    public var recordDirectory: String? {
        get { if case .directory(let path, _)? = recording?.place { path } else { nil } }
        set { recording = newValue.map { RecordingPlan(.directory($0, .standard)) } }
    }
    /// Directory whose FLV files are played by those who ask for a name that is no live stream; nil plays none.
    ///
    /// `app/name` is the file `app/name.flv` in it, or else `name.flv`. Whoever asks for anything gets the live stream if
    /// there is one; whoever asks for a recording, by a place to start at, gets the file if there is one.
    public var vodDirectory: String?
    /// How long players are kept through a publisher's broken connection.
    public var hold: Hold = .seconds(10)
    /// Who may take a name in use.
    public var takeover: Takeover = .stale
    /// How far behind a player may be before it skips to the newest keyframe.
    public var maxLag: Duration = .seconds(5)
    /// How long what could be sent may wait for what comes next, so that one send carries both; zero sends all at once.
    public var maxMerge: Duration = .milliseconds(40)
    /// Whether players begin with the last keyframe, or wait for the next one.
    public var hasGOPCache = true
    /// Memory that one stream may hold, in bytes.
    public var logLimit = 64 << 20
    /// Memory that all streams together may hold, in bytes; each shard may hold its part of it.
    public var memoryLimit = 1 << 30
    /// Limits on what a peer may ask for.
    public var limits = Limits()
    /// Where clients are sent that can be sent elsewhere, when the relay is asked to terminate: a URL up to the app, or
    /// up to the host, so that everybody keeps the app. Nil ends all streams at once.
    public var reconnectTarget: String?
    /// How long the relay goes on for those who were sent elsewhere and those who cannot be.
    public var drainTime: Duration = .seconds(30)
    /// How many connections the process can hold, to be said where the relay says that it listens.
    public var connectionLimit: Int?
    /// Which part of the relay this is, when several loops share its work.
    public var shard = Shard.only
    /// Milliseconds since 1970 at `Instant(nanoseconds: 0)`: names of recordings carry the time of day.
    public var wallClock: Int64 = 0
    /// Seed of everything random: handshakes, jitter.
    public var seed: UInt64 = 0

    /// A relay that does nothing yet.
    public init() {}
}
