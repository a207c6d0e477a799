// SPDX-License-Identifier: Apache-2.0

internal import AMF
internal import RTMPCore

/// Recordings on their way: whoever has room, and whose time has come, is sent the next few messages.
extension Relay {
    /// How often it is looked who is due.
    private static var playbackTick: Duration { .milliseconds(50) }
    /// A connection with more bytes of its own than this is sent nothing more.
    private static var playbackRoom: Int { 1_024 }
    /// The place of a due time in those who wait for room.
    private static var onceThereIsRoom: Instant { Instant(nanoseconds: .min) }
    /// How long a connection is kept whose recording is over: it may be sought in again.
    private static var playbackLinger: Duration { .seconds(60) }

    mutating func makeReady(playback index: Int) {
        guard playbacks[index]?.isReady == false else { return }
        playbacks[index]?.isReady = true
        readyPlaybacks.append(index)
    }

    /// Advances those who are ready or due.
    mutating func servePlaybacks(at now: Instant, _ wishes: inout Wishes) {
        if now >= nextPlaybackTick {
            nextPlaybackTick = .never
            for index in playbacks.keys.sorted() {
                guard let due = playbacks[index]?.due, due != .never, due != Self.onceThereIsRoom else { continue }
                if due <= now { makeReady(playback: index) } else { wake(at: due, now) }
            }
        }
        var ready: [Int] = []
        swap(&ready, &readyPlaybacks)
        for index in ready { advance(index, at: now, &wishes) }
    }

    /// The connection has been flushed: whether there is more for it is to be seen.
    mutating func continuePlaybacks(of slot: Int) {
        guard slots[slot]?.playbacks.isEmpty == false, slots[slot]?.isBlocked == false else { return }
        for index in slots[slot]?.playbacks ?? [] where playbacks[index]?.due == Self.onceThereIsRoom {
            makeReady(playback: index)
        }
    }

    private mutating func wake(at due: Instant, _ now: Instant) {
        nextPlaybackTick = min(nextPlaybackTick, max(due, now + Self.playbackTick))
    }

    private mutating func advance(_ index: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let connection = playbacks[index]?.connection, playbacks[index]?.isReady == true else { return }
        playbacks[index]?.isReady = false
        guard let slot = slot(of: connection) else { return remove(playback: index, &wishes) }
        defer {
            slots[slot]?.collectOutput()
            if slots[slot]?.pendingCount ?? 0 > 0 { markDirty(connection) }
        }
        while playbacks[index] != nil {
            guard slots[slot]?.pendingCount ?? 0 <= Self.playbackRoom else {
                // Once that has left, it goes on.
                playbacks[index]?.due = Self.onceThereIsRoom
                return
            }
            let buffer = slots[slot]?.buffer ?? Playback.usualBuffer
            guard let step = playbacks[index]?.next(buffer: buffer, at: now, &wishes) else { return }
            switch step {
            case .wait(let until):
                playbacks[index]?.due = until
                if until != .never { wake(at: until, now) }
                return
            case .bytes(let bytes):
                slots[slot]?.collectOutput()
                slots[slot]?.enqueue(bytes)
            case .ready: begin(index, slot: slot, at: now, &wishes)
            case .missing(let reason, let exists):
                missing(index, reason, exists: exists, slot: slot, at: now, &wishes)
            case .sought(let time): tellSought(index, time, slot: slot)
            case .complete(let damage): complete(index, damage, slot: slot, at: now, &wishes)
            case .broken(let reason):
                wishes.log(.error, "end \(described(slot)) \(playbacks[index]?.path ?? ""): \(reason)")
                expel(slot, why: "its file broke off", at: now, &wishes)
                return
            case .stopped: remove(playback: index, &wishes)
            }
        }
    }

    /// The file is there.
    private mutating func begin(_ index: Int, slot: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let purpose = playbacks[index]?.purpose, let path = playbacks[index]?.path else { return }
        switch purpose {
        case .answered: return
        case .length(let command):
            let length = playbacks[index]?.duration ?? 0
            answer(slot) { session throws(UsageError) in try session.answer(command, with: [.number(length)]) }
            remove(playback: index, &wishes)
        case .play(let play):
            var isAccepted = false
            answer(slot) { session throws(UsageError) in
                try session.send(.userControl(.streamIsRecorded(play.messageStream)))
                try session.accept(play.request)
                isAccepted = true
            }
            guard isAccepted else { return remove(playback: index, &wishes) }
            var start = 0.0
            if case .recording(let milliseconds) = play.start { start = milliseconds }
            playbacks[index]?.purpose = .answered
            playbacks[index]?.begin(at: start, for: play.duration)
            wishes.log(.info, "play \(described(slot)) \(play.name.path) from \(path)")
        }
    }

    private mutating func missing(
        _ index: Int, _ reason: String, exists: Bool, slot: Int, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let purpose = playbacks[index]?.purpose, let path = playbacks[index]?.path else { return }
        remove(playback: index, &wishes)
        switch purpose {
        case .answered: break
        case .length(let command):
            answer(slot) { session throws(UsageError) in try session.answer(command, with: [0]) }
        case .play(let play):
            if exists { wishes.log(.warning, "\(path) cannot be played: \(reason)") }
            fileIsMissing(for: play, at: now, &wishes)
        }
    }

    private mutating func tellSought(_ index: Int, _ time: Int64, slot: Int) {
        guard let stream = playbacks[index]?.messageStream else { return }
        answer(slot) { session throws(UsageError) in
            session.sendStreamEOF(stream)
            try session.send(.userControl(.streamIsRecorded(stream)))
            try session.send(.userControl(.streamBegin(stream)))
            session.sendStatus(Status(.seekNotify, "Seeking \(time) (stream ID: \(stream.rawValue))."), on: stream)
            session.sendStatus(Status(.playStart, "Playing has started."), on: stream)
        }
        slots[slot]?.collectOutput()
    }

    /// The whole file was sent. The player may still seek in it.
    private mutating func complete(
        _ index: Int, _ damage: String?, slot: Int, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let playback = playbacks[index] else { return }
        if let damage {
            wishes.log(.warning, "\(playback.path) is damaged: \(damage); it was played that far")
        }
        wishes.log(
            .info,
            "end \(described(slot)) \(playback.path): played to its end after \(seconds(now - playback.since)), "
                + "\(playback.sentBytes) bytes")
        var status = Status(.playComplete, "")
        status.details["duration"] = .number(playback.duration ?? 0)
        status.details["bytes"] = .number(Double(playback.sentBytes))
        answer(slot) { session throws(UsageError) in
            try session.send(
                .data(["onPlayStatus", status.value]), on: playback.messageStream, at: playback.sentTimestamp)
            session.sendStreamEOF(playback.messageStream)
            session.sendStatus(Status(.playStop, "Playing has stopped."), on: playback.messageStream)
        }
        slots[slot]?.collectOutput()
        let isLast = slots[slot]?.playbacks.allSatisfy { playbacks[$0]?.phase == .ended } == true
        if isLast, slots[slot]?.plays.isEmpty == true { slots[slot]?.closeAt = now + Self.playbackLinger }
    }
}
