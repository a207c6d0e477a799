// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// An FLV file that grows with what is recorded, written through wishes with a bound on what is still unwritten.
///
/// The file is opened with the first frame, so nothing is left behind when none comes. Whatever ends the recording,
/// ``finish(_:)`` leaves a valid file: what was gathered is written, then duration and size in its head are put right
/// (not on a pipe), then it is closed.
struct FileSink: Sendable {
    /// Unwritten bytes above which no more should be taken in.
    static let backlogLimit = 8 << 20

    private enum State {
        case unopened
        case opening
        case open(isSeekable: Bool)
        case closing
        case finished
    }

    let file: FileID
    let request: FileRequest
    private(set) var recording: Recording
    /// What went wrong; nothing is written any more.
    private(set) var failure: FileFailure?

    private var state = State.unopened
    /// Set once nothing more is taken in: what is to be overwritten in the file.
    private var patches: [Recording.Patch]?
    private var gathered: [UInt8] = []
    /// Bytes that were wished written and are not yet.
    private var unwritten = 0

    init(_ file: FileID, _ request: FileRequest, keepTimestamps: Bool) {
        self.file = file
        self.request = request
        recording = Recording(keepTimestamps: keepTimestamps)
    }

    /// Whether nothing more will happen to the file.
    var isFinished: Bool {
        if case .finished = state { true } else { false }
    }

    /// Bytes that are not written yet.
    var backlog: Int { gathered.count + unwritten }

    /// Takes in a message.
    mutating func append(_ packet: MediaPacket, timestamp: UInt32) {
        guard patches == nil, failure == nil else { return }
        switch packet.kind {
        case .audio:
            recording.append(kind: .audio, timestamp: timestamp, payload: packet.payload.span, into: &gathered)
        case .video:
            recording.append(kind: .video, timestamp: timestamp, payload: packet.payload.span, into: &gathered)
        case .data:
            recording.append(kind: .scriptData, timestamp: timestamp, payload: packet.payload.span, into: &gathered)
        case .dataAMF3:
            // An AMF3 data message is an AMF0 one behind a byte of its own (RTMP §7.1.2).
            guard packet.payload.first == 0 else { return }
            let body = packet.payload.span.extracting(droppingFirst: 1)
            recording.append(kind: .scriptData, timestamp: timestamp, payload: body, into: &gathered)
        }
    }

    /// Opens the file when there is something to write, and writes what was gathered.
    mutating func flush(_ wishes: inout Wishes) {
        switch state {
        case .unopened where !gathered.isEmpty:
            wishes.append(.open(file, request))
            state = .opening
        case .open(let isSeekable):
            if !gathered.isEmpty {
                unwritten += gathered.count
                wishes.append(.write(file, gathered))
                gathered = []
            }
            if let patches { close(isSeekable: isSeekable, patches, &wishes) }
        case .unopened, .opening, .closing, .finished:
            break
        }
    }

    /// Writes everything, puts the head right and closes. ``isFinished`` tells when that is done.
    mutating func finish(_ wishes: inout Wishes) {
        guard patches == nil else { return }
        // Without a frame there is no file.
        patches = recording.bytes > 0 ? recording.finish(into: &gathered) : []
        if case .unopened = state, gathered.isEmpty { state = .finished }
        flush(&wishes)
    }

    /// Takes in what happened to the file.
    mutating func happened(_ fact: FileFact, _ wishes: inout Wishes) {
        switch fact {
        case .opened(_, let isSeekable, _):
            state = .open(isSeekable: isSeekable)
            flush(&wishes)
        case .wrote(let count):
            unwritten = max(0, unwritten - count)
        case .closed:
            state = .finished
        case .failed(let failure):
            self.failure = failure
            gathered = []
            unwritten = 0
            state = .finished
        case .read, .end:
            break
        }
    }

    private mutating func close(isSeekable: Bool, _ patches: [Recording.Patch], _ wishes: inout Wishes) {
        if isSeekable {
            for patch in patches { wishes.append(.overwrite(file, at: patch.offset, patch.bytes)) }
        }
        wishes.append(.closeFile(file))
        state = .closing
    }
}
