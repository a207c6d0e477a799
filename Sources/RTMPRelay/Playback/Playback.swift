// SPDX-License-Identifier: Apache-2.0

internal import AMF
internal import FLV
internal import RTMPCore

/// A recorded file on its way to one player: where it stands, what comes next, and when.
///
/// The file is read as the player takes it, and never further ahead than a few tens of kilobytes. Messages are put into
/// chunks piece by piece, so that the largest keyframe needs no more memory than that.
///
/// ```
/// opening ──▶ head ──▶ tail ──▶ idle ──begin──▶ locating ──▶ playing ──▶ ended
///    │                                             ▲            │          │
///    └──▶ gone                                     └───seek─────┴──────────┘
/// ```
struct Playback: Sendable {
    enum Phase: Sendable, Hashable {
        /// The first of the paths that can be opened is the file.
        case opening
        /// Metadata and configurations are read.
        case head
        /// The last tag is looked for, because the metadata does not say how long the file is; the step.
        case tail(Int)
        /// Nobody said yet what is to be played.
        case idle
        /// The keyframe at or before that time is looked for.
        case locating(Int64)
        case playing
        /// All is sent. It may be sought in again.
        case ended
        /// Nothing can be played.
        case gone
    }

    /// What the owner has to do.
    enum Step: Sendable {
        /// Nothing before that instant, or before more of the file was read.
        case wait(until: Instant)
        /// Bytes for the connection: whole chunks.
        case bytes([UInt8])
        /// It is known what the file is; waits for ``begin(at:for:)``.
        case ready
        /// There is no such file, or it is none; a sentence, and whether it was there.
        case missing(String, exists: Bool)
        /// Sought to: what comes next is from that time on.
        case sought(Int64)
        /// Everything is sent; what was wrong with the file, if anything was.
        case complete(String?)
        /// The file broke off in the middle of a message, so the connection cannot go on.
        case broken(String)
        /// It was to stop, and does not stand inside a message any more.
        case stopped
    }

    /// A message whose chunks are being sent.
    struct Message: Sendable, Hashable {
        var head: TagHead
        var timestamp: RTMPTimestamp
        /// Bytes of payload that are not sent.
        var rest: Int
    }

    /// What a player buffers unless it says something else, in milliseconds.
    static let usualBuffer: UInt32 = 2_000

    let connection: ConnectionID
    let messageStream: MessageStreamID
    let name: StreamName
    /// Number of its chunk streams among those of the connection's playbacks.
    let lane: UInt32
    let since: Instant
    /// What waits for an answer.
    var purpose: PlaybackPurpose
    /// Paths that were not tried, below the directory.
    var paths: [String]
    /// The file that is tried, or open.
    var file: FileID?
    /// Its path.
    var path = ""
    /// Whether it waits in the line of those to be advanced.
    var isReady = false
    /// When it is to be advanced.
    var due = Instant.never

    var phase = Phase.opening
    var window: FileWindow?
    var map = SeekMap()
    /// The file's metadata as it is sent, where it lies, and whether it was sent.
    var metadata: [UInt8] = []
    var metadataPlace: Int?
    var hasSentMetadata = false
    /// Where the first tag lies.
    var beginning = 0
    /// Seconds.
    var duration: Double?
    var headTags = 0
    /// Where the size stands that belongs to the tag before the one that is looked at from behind.
    var tailPlace = 0
    var sawSound = false
    /// Which entry of the index is looked at, and at which distance from the place that it names.
    var checking: (entry: Int, shift: Int)?
    var isSeek = false
    /// Where it begins, and whether what stands in front of it was not sent yet.
    var headPlace = 0
    var needsPreface = false

    /// Where a player wants to go on once the message that is being sent is complete.
    var wanted: Int64?
    var isStopping = false
    var isPaused = false
    /// Where the player said that it paused.
    var pausedAt: Double = 0
    var wantsAudio = true
    var wantsVideo = true
    var awaitsKeyframe = true
    /// Taken off the file's times: a play that begins inside of a file counts from there, as rtmpdump expects; who seeks
    /// hears the file's own times.
    var origin: Int64 = 0
    /// Where it ends, in the file's time; nil: at its end.
    var end: Int64?
    /// Only one frame is wanted.
    var isStill = false
    var message: Message?
    var pace = PlaybackPace()
    /// The latest time that was sent, in the file's time.
    var sentTime: Int64 = 0
    var sentBytes: Int64 = 0
    /// What is wrong with the file, and why it could not be opened.
    var damage: String?
    var openFailure: String?

    init(
        of name: StreamName, paths: [String], on connection: ConnectionID, _ messageStream: MessageStreamID,
        lane: UInt32,
        for purpose: PlaybackPurpose, at now: Instant
    ) {
        self.name = name
        self.paths = paths
        self.connection = connection
        self.messageStream = messageStream
        self.lane = lane
        self.purpose = purpose
        since = now
    }

    /// Memory that it holds, in bytes.
    var memorySize: Int { (window?.count ?? 0) + map.memorySize + metadata.count }

    // What the owner says

    /// Plays from a time on, in milliseconds: all of it, or so many; 0 is one frame.
    mutating func begin(at start: Double, for length: Double) {
        let time = Self.milliseconds(start)
        origin = time
        isStill = length == 0
        end = length > 0 ? time + Self.milliseconds(length) : nil
        isSeek = false
        phase = .locating(time)
    }

    /// Goes on at another time.
    mutating func seek(to milliseconds: Double) {
        guard phase != .gone, window != nil else { return }
        wanted = Self.milliseconds(milliseconds)
        // The place where the player stands, once it goes on.
        pausedAt = milliseconds
    }

    /// Pauses, or goes on.
    ///
    /// What was sent has arrived or will, so it goes on behind that. Only a player that names a place where it cannot be is
    /// sent there.
    mutating func pause(_ pauses: Bool, at position: Double) {
        if pauses {
            if !isPaused { pausedAt = position }
        } else if isPaused {
            let place = Self.milliseconds(position) &+ origin
            let isHere = place >= Self.milliseconds(pausedAt) &+ origin &- 1 && place <= sentTime
            if !isHere, wanted == nil, phase == .playing, place < sentTime || place > sentTime &+ 1_000 {
                wanted = place
                pausedAt = position
            }
            pace.reset()
        }
        isPaused = pauses
    }

    /// Turns kinds of media on or off.
    mutating func receive(audio: Bool?, video: Bool?) {
        if let audio { wantsAudio = audio }
        if let video {
            if video, !wantsVideo { awaitsKeyframe = true }
            wantsVideo = video
        }
    }

    /// Takes in what happened to its file.
    mutating func happened(_ fact: FileFact) {
        switch fact {
        case .opened(path: let path, isSeekable: true, size: let size?):
            guard let file else { return }
            self.path = path
            window = FileWindow(file, size: size)
            phase = .head
        case .opened:
            phase = .gone
        case .read(let bytes): window?.received(bytes)
        case .end: window?.ended()
        case .failed(let failure):
            file = nil
            guard phase == .opening else {
                damage = failure.reason
                window?.failed()
                return
            }
            openFailure = failure.reason
            if paths.isEmpty { phase = .gone }
        default: break
        }
    }

    /// The latest timestamp that was sent.
    var sentTimestamp: RTMPTimestamp { RTMPTimestamp(UInt32(truncatingIfNeeded: sentTime &- origin)) }

    /// Milliseconds of a peer as a time in a file; what is no time is the beginning.
    static func milliseconds(_ number: Double) -> Int64 {
        guard number > 0 else { return 0 }
        return number < 4_294_967_295 ? Int64(number) : 4_294_967_295
    }
}

/// What somebody waits for who had a file opened.
enum PlaybackPurpose: Sendable {
    /// To play it: a request that is to be answered.
    case play(PlayRequest)
    /// To know how long it is.
    case length(Command)
    /// Nothing any more: it is being played.
    case answered
}

/// A wish to play that was not answered yet, because it has to be found out first what there is.
struct PlayRequest: Sendable {
    var request: ServerSession.RequestID
    var connection: ConnectionID
    var messageStream: MessageStreamID
    var name: StreamName
    var start: PlayCommand.Start
    /// Milliseconds; negative: to the end.
    var duration: Double
}
