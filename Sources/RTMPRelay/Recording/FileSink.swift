// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// An FLV file that grows with what is recorded, written through wishes.
///
/// It is opened once there is something to write, so nothing is left behind when no frame comes. Its head is brought up
/// to date at least once a second. Whatever ends the recording, ``finish(at:_:)`` leaves a valid file: what was gathered is
/// written, the head says what came (not on a pipe), and once all that is done the file gets its name for good and is closed.
/// A disk that is full ends it too: the file is cut off behind the last whole tag, and its head says so.
struct FileSink: Sendable {
    private static let updateInterval = Duration.seconds(1)
    /// Media for a disk is gathered so long, or until there is so much of it: a write costs more than its bytes.
    private static let gatherTime = Duration.milliseconds(200)
    private static let gatherSize = 256 << 10

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
        /// When it was wished.
        var since: Instant
    }

    /// What it has to be called when it is complete.
    struct Name: Sendable, Hashable {
        var path: String
        var isReplacing: Bool
    }

    let file: FileID
    private let request: FileRequest?
    /// Whether the file exists, and is cut off where the recording stood when it was handed over.
    let isExtending: Bool
    let sync: FileSync
    private(set) var recording: Recording
    /// What went wrong; nothing is written any more.
    private(set) var failure: FileFailure?
    /// How far the file goes for certain.
    private(set) var written = RecordingTotals()
    /// The longest time that something waited for the disk.
    private(set) var longestLag = Duration.zero
    /// Nothing more is taken in.
    private(set) var isFinishing = false

    private var state = State.unopened
    /// What to call it when it is complete; nil when it is called so already.
    private(set) var name: Name?
    /// Whether there is such a file.
    private(set) var wasOpened = false
    private var unwritten: [Unwritten] = []
    private var nextUpdate = Instant.never
    private var nextSync = Instant.never
    private var lastWrite: Instant?

    /// - Parameters:
    ///   - request: how to open it as soon as there is something to write; nil when its owner does that.
    ///   - isExtending: whether it goes on with a file that is there, of which `recording` knows everything.
    init(
        _ file: FileID, _ request: FileRequest? = nil, recording: Recording, sync: FileSync = .never,
        isExtending: Bool = false
    ) {
        self.isExtending = isExtending
        if isExtending { written = recording.totals }
        self.file = file
        self.request = request
        self.recording = recording
        self.sync = sync
    }

    /// Whether nothing more will happen to the file.
    var isFinished: Bool {
        if case .finished = state { true } else { false }
    }

    /// Whether there is something to write and no file to write it to.
    var wantsOpening: Bool {
        if case .unopened = state { recording.hasOperations } else { false }
    }

    /// Whether it is not known yet if there will be such a file.
    var isOpening: Bool {
        if case .opening = state { true } else { false }
    }

    /// Bytes that are not written yet.
    var backlog: Int { Int(recording.totals.bytes - written.bytes) }

    /// The same recording for another file, when this one could not be created.
    func retried(as file: FileID) -> FileSink {
        var other = FileSink(file, recording: recording, sync: sync)
        other.isFinishing = isFinishing
        return other
    }

    /// Takes in a message.
    mutating func append(kind: FLVTag.Kind, timestamp: UInt32, payload: Span<UInt8>) {
        if !isFinishing, failure == nil { recording.append(kind: kind, timestamp: timestamp, payload: payload) }
    }

    /// Takes in a tag of another file.
    mutating func append(_ tag: FLVTag) {
        if !isFinishing, failure == nil { recording.append(tag) }
    }

    /// Opens the file.
    ///
    /// - Parameter name: what to call it when it is complete; nil when it has that name already.
    mutating func open(_ request: FileRequest, completedAs name: Name? = nil, _ wishes: inout Wishes) {
        self.name = name
        wishes.append(.open(file, request))
        state = .opening
    }

    /// Writes what was gathered.
    mutating func flush(at now: Instant, _ wishes: inout Wishes) {
        if wantsOpening, let request { open(request, &wishes) }
        guard case .open(let isSeekable) = state else { return }
        if isSeekable, !isFinishing {
            guard backlogIsDue(at: now) else { return }
            keepTime(at: now)
        }
        write(isSeekable: isSeekable, at: now, &wishes)
        if nextSync <= now, case .every(let interval) = sync {
            wishes.append(.sync(file))
            nextSync = now + interval
        }
        if isFinishing, unwritten.isEmpty { close(&wishes) }
    }

    /// Ends the recording and begins another one with the frame of this timestamp.
    mutating func split(at timestamp: UInt32) -> Recording {
        isFinishing = true
        return recording.split(at: timestamp)
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
            wasOpened = true
            recording.updatesHead = isSeekable
            nextUpdate = now + Self.updateInterval
            if case .every(let interval) = sync { nextSync = now + interval }
            if isExtending { wishes.append(.cut(file, to: Int(written.bytes))) }
            flush(at: now, &wishes)
        case .wrote:
            if !unwritten.isEmpty {
                let done = unwritten.removeFirst()
                written = done.totals
                longestLag = max(longestLag, now - done.since)
            }
            if isFinishing { flush(at: now, &wishes) }
        case .stuck(let size, let failure):
            self.failure = failure
            cut(to: size, at: now, &wishes)
        case .renamed:
            name = nil
        case .closed:
            state = .finished
        case .failed(let failure):
            self.failure = self.failure ?? failure
            unwritten = []
            state = .finished
        case .read, .end, .listed, .removed:
            break
        }
    }

    private func backlogIsDue(at now: Instant) -> Bool {
        guard let lastWrite else { return true }
        return now - lastWrite >= Self.gatherTime || backlog >= Self.gatherSize
    }

    /// Media brings the head up to date with every second; this does it when media stands still or has no time.
    private mutating func keepTime(at now: Instant) {
        guard now >= nextUpdate else { return }
        recording.update()
        nextUpdate = now + Self.updateInterval
    }

    private mutating func write(isSeekable: Bool, at now: Instant, _ wishes: inout Wishes) {
        guard recording.hasOperations else { return }
        lastWrite = now
        for operation in recording.takeOperations() {
            switch operation {
            case .append(let bytes, let totals):
                wishes.append(.write(file, bytes))
                unwritten.append(Unwritten(bytes: bytes, totals: totals, since: now))
            case .overwrite(let offset, let bytes):
                if isSeekable { wishes.append(.overwrite(file, at: offset, bytes)) }
            }
        }
    }

    private mutating func close(_ wishes: inout Wishes) {
        if sync != .never { wishes.append(.sync(file)) }
        if let name, failure == nil {
            wishes.append(.rename(file, to: name.path, replacing: name.isReplacing))
        }
        wishes.append(.closeFile(file))
        state = .closing
    }

    /// Leaves a valid file of which only the first `size` bytes fit onto the disk.
    private mutating func cut(to size: Int, at now: Instant, _ wishes: inout Wishes) {
        guard case .open = state else { return }
        isFinishing = true
        if let first = unwritten.first {
            let left = recording.totals(written, with: first.bytes.span, within: Int64(size))
            recording.finish(cutTo: left)
            written = left
        }
        unwritten = []
        wishes.append(.cut(file, to: Int(written.bytes)))
        write(isSeekable: true, at: now, &wishes)
        close(&wishes)
    }
}
