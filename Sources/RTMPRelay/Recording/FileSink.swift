// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// An FLV file that grows with what is recorded, written through wishes with a bound on what is still unwritten.
///
/// The file is opened with the first frame, so nothing is left behind when none comes. Its head is brought up to date at
/// least once a second. Whatever ends the recording, ``finish(_:)`` leaves a valid file: what was gathered is written, the
/// head says what came (not on a pipe), and once all that is done the file is closed. A disk that is full ends it too: the
/// file is cut off behind the last whole tag, and its head says so.
struct FileSink: Sendable {
    /// Unwritten bytes above which no more should be taken in.
    static let backlogLimit = 8 << 20
    private static let updateInterval = Duration.seconds(1)

    private enum State {
        case unopened
        case opening
        case open(isSeekable: Bool)
        case closing
        case finished
    }

    /// Something that was wished appended and is not known to be written.
    private struct Unwritten {
        var bytes: [UInt8]
        /// How far the file goes with it.
        var totals: RecordingTotals
    }

    let file: FileID
    let request: FileRequest
    let sync: FileSync
    private(set) var recording: Recording
    /// What went wrong; nothing is written any more.
    private(set) var failure: FileFailure?

    private var state = State.unopened
    /// Nothing more is taken in.
    private var isFinishing = false
    private var unwritten: [Unwritten] = []
    /// How far the file goes for certain.
    private(set) var written = RecordingTotals()
    private var nextUpdate = Instant.never
    private var nextSync = Instant.never

    init(
        _ file: FileID, _ request: FileRequest, recording: Recording, sync: FileSync = .never
    ) {
        self.file = file
        self.request = request
        self.recording = recording
        self.sync = sync
    }

    /// Whether nothing more will happen to the file.
    var isFinished: Bool {
        if case .finished = state { true } else { false }
    }

    /// Bytes that are not written yet.
    var backlog: Int { Int(recording.totals.bytes - written.bytes) }

    /// Takes in a message.
    mutating func append(_ packet: MediaPacket, timestamp: UInt32) {
        guard !isFinishing, failure == nil else { return }
        switch packet.kind {
        case .audio: recording.append(kind: .audio, timestamp: timestamp, payload: packet.payload.span)
        case .video: recording.append(kind: .video, timestamp: timestamp, payload: packet.payload.span)
        case .data: recording.append(kind: .scriptData, timestamp: timestamp, payload: packet.payload.span)
        case .dataAMF3: recording.append(kind: .scriptDataAMF3, timestamp: timestamp, payload: packet.payload.span)
        }
    }

    /// Takes in a tag of another file.
    mutating func append(_ tag: FLVTag) {
        if !isFinishing, failure == nil { recording.append(tag) }
    }

    /// Opens the file when there is something to write, and writes what was gathered.
    mutating func flush(at now: Instant, _ wishes: inout Wishes) {
        switch state {
        case .unopened where recording.hasOperations:
            wishes.append(.open(file, request))
            state = .opening
        case .open(let isSeekable):
            if isSeekable { keepTime(at: now) }
            write(isSeekable: isSeekable, &wishes)
            if nextSync <= now, case .every(let interval) = sync {
                wishes.append(.sync(file))
                nextSync = now + interval
            }
            if isFinishing, unwritten.isEmpty { close(&wishes) }
        case .unopened, .opening, .closing, .finished:
            break
        }
    }

    /// Writes everything, puts the head right and closes. ``isFinished`` tells when that is done.
    mutating func finish(at now: Instant, _ wishes: inout Wishes) {
        guard !isFinishing else { return }
        isFinishing = true
        // Without a frame there is no file.
        if recording.totals.bytes > 0 {
            recording.finish()
        } else if case .unopened = state {
            state = .finished
        }
        flush(at: now, &wishes)
    }

    /// Takes in what happened to the file.
    mutating func happened(_ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        switch fact {
        case .opened(_, let isSeekable, _):
            state = .open(isSeekable: isSeekable)
            recording.updatesHead = isSeekable
            nextUpdate = now + Self.updateInterval
            if case .every(let interval) = sync { nextSync = now + interval }
            flush(at: now, &wishes)
        case .wrote:
            if !unwritten.isEmpty { written = unwritten.removeFirst().totals }
            if isFinishing { flush(at: now, &wishes) }
        case .stuck(let size, let failure):
            self.failure = failure
            cut(to: size, &wishes)
        case .closed:
            state = .finished
        case .failed(let failure):
            self.failure = self.failure ?? failure
            unwritten = []
            state = .finished
        case .read, .end:
            break
        }
    }

    /// Media brings the head up to date with every second; this does it when media stands still or has no time.
    private mutating func keepTime(at now: Instant) {
        guard now >= nextUpdate, !isFinishing else { return }
        recording.update()
        nextUpdate = now + Self.updateInterval
    }

    private mutating func write(isSeekable: Bool, _ wishes: inout Wishes) {
        guard recording.hasOperations else { return }
        for operation in recording.takeOperations() {
            switch operation {
            case .append(let bytes, let totals):
                wishes.append(.write(file, bytes))
                unwritten.append(Unwritten(bytes: bytes, totals: totals))
            case .overwrite(let offset, let bytes):
                if isSeekable { wishes.append(.overwrite(file, at: offset, bytes)) }
            }
        }
    }

    private mutating func close(_ wishes: inout Wishes) {
        if sync != .never { wishes.append(.sync(file)) }
        wishes.append(.closeFile(file))
        state = .closing
    }

    /// Leaves a valid file of which only the first `size` bytes fit onto the disk.
    private mutating func cut(to size: Int, _ wishes: inout Wishes) {
        guard case .open = state else { return }
        isFinishing = true
        if let first = unwritten.first {
            let left = recording.totals(written, with: first.bytes.span, within: Int64(size))
            recording.finish(cutTo: left)
            written = left
        }
        unwritten = []
        wishes.append(.cut(file, to: Int(written.bytes)))
        write(isSeekable: true, &wishes)
        close(&wishes)
    }
}
