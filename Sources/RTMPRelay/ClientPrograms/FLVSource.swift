// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// An FLV file or pipe, read piece by piece through wishes, as a stream of messages on a timeline that never repeats.
///
/// The timeline is that of the file. It goes on where the file begins again, and begins at zero when a part at the
/// front is left out.
struct FLVSource: Sendable {
    /// One message of the stream.
    struct Item: Sendable {
        var packet: MediaPacket
        /// Milliseconds on the timeline; the timestamp of `packet` is this, modulo 2^32.
        var time: Int64
        /// Whether it is a frame: only these say how late it is.
        var isFrame: Bool
    }

    private enum State {
        case unopened
        case opening
        case idle
        case reading
        /// Nothing more can be read; what was read may still be waiting.
        case atEnd
        case failed(Ending)
        case closed
    }

    /// Read at a time. Large enough that a fast sender does not ask often.
    private static let readSize = 128 << 10

    let file: FileID
    let path: String
    private let start: Int64
    private let duration: Int64?
    private var passesLeft: Int?

    private var state = State.unopened
    private var isSeekable = false
    private var reader = FLVReader()
    private var head: Item?

    // The timeline
    private var unwrapped: (timestamp: UInt32, time: Int64)?
    /// Added to the time in the file; nil until the first frame of a pass that does not begin at the file's own time.
    private var offset: Int64? = 0
    /// Where a pass begins whose offset is not known yet.
    private var beginning: Int64 = 0
    private var newest: Int64?
    private var firstSent: Int64?
    private var frameGap: Int64 = 1
    private var lastVideo: Int64?
    private var hasVideo = false
    private var firstInFile: Int64?
    private var isSkipping: Bool
    private var passHasFrames = false
    /// The way over the part at the front that is left out.
    private var leap = Leap()

    init(_ file: FileID, _ configuration: PublishConfiguration) {
        self.file = file
        path = configuration.input
        start = max(0, configuration.start.wholeMilliseconds)
        duration = configuration.duration.map { max(0, $0.wholeMilliseconds) }
        passesLeft = configuration.loops.map { max(1, $0) }
        isSkipping = configuration.start > .zero
        if isSkipping { offset = nil }
    }

    /// Why nothing more comes, when that is not the proper end.
    var failure: Ending? {
        if case .failed(let ending) = state { ending } else { nil }
    }

    /// Whether everything was taken out, or nothing more can be.
    var isFinished: Bool {
        switch state {
        case .failed, .closed: true
        default: false
        }
    }

    /// Whether the input is known to be FLV: its first message is there.
    var isReady: Bool { head != nil }

    mutating func open(_ wishes: inout Wishes) {
        wishes.append(.open(file, .read(path: path)))
        state = .opening
    }

    /// Reads no more.
    mutating func close(_ wishes: inout Wishes) {
        switch state {
        case .failed, .closed, .unopened: break
        default:
            wishes.append(.closeFile(file))
            state = .closed
        }
        head = nil
    }

    mutating func happened(_ fact: FileFact, _ wishes: inout Wishes) {
        switch (fact, state) {
        case (.opened(_, let isSeekable, let size), .opening):
            self.isSeekable = isSeekable
            leap.size = isSeekable ? size ?? 0 : 0
            state = .idle
        case (.read(let bytes), .reading):
            reader.receive(bytes.span)
            state = .idle
        case (.end, .reading):
            reader.receiveEnd()
            state = .atEnd
        case (.failed(let failure), _):
            let status: ExitStatus = failure.kind == .inputOutput ? .inputOutput : .badInput
            state = .failed(Ending(status, failure.reason))
        default:
            break
        }
    }

    /// The next message, left where it is. Nil: nothing is there yet, or ``isFinished``.
    mutating func peek(_ wishes: inout Wishes) -> Item? {
        while head == nil {
            switch state {
            case .unopened, .opening, .reading, .failed, .closed: return nil
            case .idle, .atEnd: break
            }
            do {
                guard let element = try reader.nextElement() else {
                    guard refill(&wishes) else { return nil }
                    continue
                }
                if case .tag(let tag) = element { head = item(for: tag, &wishes) }
            } catch {
                if leap.isLanding {
                    retreat(&wishes)
                    continue
                }
                let isBroken = passHasFrames || newest != nil
                fail(
                    isBroken
                        ? "\(name) is broken: \(error); what comes before was sent"
                        : "\(name) is no FLV file with sound or pictures: \(error)", &wishes)
                return nil
            }
        }
        return head
    }

    /// Takes the message out that `peek` showed.
    mutating func pop() { head = nil }

    /// Asks for more bytes, or begins the next pass.
    ///
    /// - Returns: whether to look again at once.
    private mutating func refill(_ wishes: inout Wishes) -> Bool {
        guard case .atEnd = state else {
            wishes.append(.read(file, upTo: Self.readSize))
            state = .reading
            return false
        }
        guard passHasFrames else {
            fail(isSkipping ? "\(name) has no keyframe behind --start" : "\(name) holds no audio and no video", &wishes)
            return false
        }
        if let left = passesLeft {
            guard left > 1 else {
                close(&wishes)
                return false
            }
            passesLeft = left - 1
        }
        guard isSeekable else {
            fail("\(name) cannot be sent a second time: it is a pipe; leave out --loop", &wishes)
            return false
        }
        wishes.append(.seek(file, to: 0))
        reader = FLVReader()
        beginPass()
        state = .idle
        return true
    }

    private mutating func beginPass() {
        beginning = (newest ?? 0) &+ frameGap
        offset = nil
        unwrapped = nil
        firstInFile = nil
        lastVideo = nil
        passHasFrames = false
        isSkipping = start > 0
        leap.begin()
    }

    /// Goes on at a place of the file's index, if there is one not far before the first frame that is wanted.
    private mutating func leapAhead(_ wishes: inout Wishes) {
        guard let place = leap.place(before: start, behind: reader.consumedBytes) else { return }
        wishes.append(.seek(file, to: place))
        reader = FLVReader(atTag: ())
        state = .idle
    }

    /// The index is wrong: reads through the file from its start.
    private mutating func retreat(_ wishes: inout Wishes) {
        leap.giveUp()
        wishes.append(.seek(file, to: 0))
        reader = FLVReader()
        state = .idle
    }

    private mutating func fail(_ reason: String, _ wishes: inout Wishes) {
        wishes.append(.closeFile(file))
        state = .failed(Ending(.badInput, reason))
    }

    private var name: String { path == "-" ? "standard input" : path }

    private mutating func item(for tag: FLVTag, _ wishes: inout Wishes) -> Item? {
        let kind: MediaPacket.Kind
        var isFrame = false
        var isKeyframe = false
        switch tag.kind {
        case .audio:
            kind = .audio
            isFrame = MediaClass(audio: tag.payload.span).role == .audioFrame
        case .video:
            kind = .video
            hasVideo = true
            let role = MediaClass(video: tag.payload.span).role
            isKeyframe = role == .keyframe
            isFrame = isKeyframe || role == .interFrame
        case .scriptData:
            kind = .data
        case .scriptDataAMF3:
            kind = .dataAMF3
        default:
            return nil
        }
        // An encrypted tag is of no use to anybody without its key.
        guard !tag.isFiltered, !tag.payload.isEmpty else { return nil }
        if leap.isLanding, !leap.lands(on: tag, isKeyframe: isKeyframe, first: firstInFile ?? 0) {
            retreat(&wishes)
            return nil
        }
        if isSkipping, !isFrame, leap.wasGiven(upTo: reader.consumedBytes) { return nil }
        let inFile = unwrap(tag.timestamp)
        if isFrame {
            let first = firstInFile ?? inFile
            firstInFile = first
            if isSkipping {
                guard inFile &- first >= start, isKeyframe || !hasVideo else {
                    leap.pass(kind)
                    leapAhead(&wishes)
                    return nil
                }
                isSkipping = false
            }
            if offset == nil { offset = beginning &- inFile }
            passHasFrames = true
        }
        let time = offset.map { inFile &+ $0 } ?? beginning
        if isFrame {
            if let duration, let firstSent, time &- firstSent >= duration {
                close(&wishes)
                return nil
            }
            firstSent = firstSent ?? time
            newest = max(newest ?? time, time)
            if kind == .video || !hasVideo {
                if let lastVideo, time > lastVideo { frameGap = min(time &- lastVideo, 1000) }
                lastVideo = time
            }
        }
        let timestamp = RTMPTimestamp(UInt32(truncatingIfNeeded: time))
        if isSkipping, kind == .data { leap.take(tag.payload) }
        let payload = tag.kind == .scriptData ? Self.withoutIndex(tag.payload) : tag.payload
        return Item(
            packet: MediaPacket(kind, timestamp: timestamp, payload: payload), time: time, isFrame: isFrame)
    }

    /// Metadata without what only means something in the file, when there is much of it: in files that we recorded the index
    /// and the room for it have 64 KiB, and every player would get them. Those of other files are sent as they are.
    private static func withoutIndex(_ payload: [UInt8]) -> [UInt8] {
        guard var metadata = FLVMetadata(decoding: payload.span), metadata.hasRoomForIndex else { return payload }
        metadata.removeIndex()
        var bytes: [UInt8] = []
        guard (try? metadata.encode(into: &bytes)) != nil else { return payload }
        return bytes
    }

    /// The timestamps of a file in one line, across the wrap after 49.7 days.
    private mutating func unwrap(_ timestamp: UInt32) -> Int64 {
        let time: Int64
        if let unwrapped {
            time = unwrapped.time &+ Int64(Int32(bitPattern: timestamp &- unwrapped.timestamp))
        } else {
            time = Int64(timestamp)
        }
        unwrapped = (timestamp, time)
        return time
    }
}
