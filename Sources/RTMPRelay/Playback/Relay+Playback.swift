// SPDX-License-Identifier: Apache-2.0

internal import AMF
internal import RTMPCore

/// Recorded files for those who play: what is played under a name, and what its player may ask.
///
/// A live stream goes before a file of the same name for those who ask for anything; who asks for a recording, by a place to
/// start at, gets the file, and only where there is none the live stream, since rtmpdump asks so for every stream.
extension Relay {
    /// Recordings that one connection may have played at once: as many as there are chunk streams of one byte.
    private static var lanes: Int { 16 }

    /// Answers a request to play as soon as it is known what there is under the name.
    mutating func route(_ play: PlayRequest, at now: Instant, _ wishes: inout Wishes) {
        guard configuration.vodDirectory != nil else { return playLive(play, at: now, &wishes) }
        switch play.start {
        case .live: playLive(play, at: now, &wishes)
        case .recording: openFile(for: play, at: now, &wishes)
        case .any: inquire(for: play, at: now, &wishes)
        }
    }

    /// Finds out whether the stream is live.
    private mutating func inquire(for play: PlayRequest, at now: Instant, _ wishes: inout Wishes) {
        if let stream = directory[play.name.path], streams[stream]?.isLive == true {
            return decide(play, isLive: true, at: now, &wishes)
        }
        let home = configuration.shard.home(of: play.name)
        guard home != configuration.shard.index else { return decide(play, isLive: false, at: now, &wishes) }
        nextInquiry += 1
        inquiries[nextInquiry] = play
        post(.inquire(play.name, inquiry: nextInquiry), to: home)
    }

    /// The stream's home has answered.
    mutating func inquired(_ inquiry: Int, isLive: Bool, at now: Instant, _ wishes: inout Wishes) {
        guard let play = inquiries.removeValue(forKey: inquiry) else { return }
        decide(play, isLive: isLive, at: now, &wishes)
    }

    private mutating func decide(_ play: PlayRequest, isLive: Bool, at now: Instant, _ wishes: inout Wishes) {
        if isLive { return playLive(play, at: now, &wishes) }
        if case .recording = play.start {
            guard let slot = slot(of: play.connection) else { return }
            let reason = "\(play.name.path) is no live stream, and there is no recording of that name"
            refuse(play.request, .playStreamNotFound, reason, on: slot, at: now, &wishes)
            return
        }
        openFile(for: play, at: now, &wishes)
    }

    /// There is no file for a request.
    mutating func fileIsMissing(for play: PlayRequest, at now: Instant, _ wishes: inout Wishes) {
        if case .recording = play.start { return inquire(for: play, at: now, &wishes) }
        playLive(play, at: now, &wishes)
    }

    private mutating func playLive(_ play: PlayRequest, at now: Instant, _ wishes: inout Wishes) {
        guard let slot = slot(of: play.connection), slots[slot]?.move == nil, accept(play, slot: slot) else { return }
        addPlayer(of: play.name, slot: slot, on: play.messageStream, at: now, &wishes)
    }

    /// - Returns: whether the player still waits for the answer.
    private mutating func accept(_ play: PlayRequest, slot: Int) -> Bool {
        var isAccepted = false
        answer(slot) { session throws(UsageError) in
            try session.accept(play.request)
            isAccepted = true
        }
        slots[slot]?.collectOutput()
        markDirty(play.connection)
        return isAccepted
    }

    /// How long a recording is, for a player that asks before it plays.
    mutating func tellLength(_ command: Command, slot: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let id = slots[slot]?.id, let text = command.arguments.first?.string,
            let name = try? StreamName(app: slots[slot]?.app ?? "", name: text),
            addPlayback(of: name, on: id, .netConnection, for: .length(command), at: now, &wishes)
        else { return answer(slot) { session throws(UsageError) in try session.answer(command, with: [0]) } }
    }

    private mutating func openFile(for play: PlayRequest, at now: Instant, _ wishes: inout Wishes) {
        guard let slot = slot(of: play.connection), slots[slot]?.move == nil else { return }
        guard addPlayback(of: play.name, on: play.connection, play.messageStream, for: .play(play), at: now, &wishes)
        else {
            return refuse(
                play.request, .playFailed, "it plays \(Self.lanes) recordings already", on: slot, at: now, &wishes)
        }
    }

    /// - Returns: false when the connection has as many as it may have.
    private mutating func addPlayback(
        of name: StreamName, on connection: ConnectionID, _ messageStream: MessageStreamID,
        for purpose: PlaybackPurpose, at now: Instant, _ wishes: inout Wishes
    ) -> Bool {
        guard let slot = slot(of: connection), let taken = slots[slot]?.playbacks,
            let lane = (0..<UInt32(Self.lanes)).first(where: { lane in !taken.contains { playbacks[$0]?.lane == lane } }
            )
        else { return false }
        nextPlayback += 1
        let index = nextPlayback
        playbacks[index] = Playback(
            of: name, paths: Self.paths(of: name), on: connection, messageStream, lane: lane, for: purpose, at: now)
        slots[slot]?.playbacks.append(index)
        slots[slot]?.closeAt = nil
        openNext(index, &wishes)
        return true
    }

    /// Where the recording of that name may lie: `app/name.flv`, or without the first part.
    static func paths(of name: StreamName) -> [String] {
        let path = name.path
        var paths = ["\(path).flv"]
        if let slash = path.utf8.firstIndex(of: UInt8(ascii: "/")) {
            paths.append("\(path[path.utf8.index(after: slash)...]).flv")
        }
        return paths
    }

    private mutating func openNext(_ index: Int, _ wishes: inout Wishes) {
        guard let directory = configuration.vodDirectory, playbacks[index]?.paths.isEmpty == false,
            let path = playbacks[index]?.paths.removeFirst()
        else { return }
        let file = fileNumbers.next()
        playbacks[index]?.file = file
        playbackFiles[file] = index
        wishes.append(.open(file, .readInside(directory: directory, path: path)))
    }

    /// Something happened to a file that is played.
    /// - Returns: whether the file is one of those.
    mutating func playbackFact(_ file: FileID, _ fact: FileFact, _ wishes: inout Wishes) -> Bool {
        guard let index = playbackFiles[file] else { return false }
        playbacks[index]?.happened(fact)
        if case .failed = fact {
            playbackFiles[file] = nil
            if playbacks[index]?.phase == .opening { openNext(index, &wishes) }
        }
        makeReady(playback: index)
        return true
    }

    // Players

    func playback(of slot: Int, on messageStream: MessageStreamID) -> Int? {
        slots[slot]?.playbacks.first { index in
            guard let playback = playbacks[index], !playback.isStopping else { return false }
            return playback.messageStream == messageStream
        }
    }

    /// A player of a recording wants to go somewhere else in it.
    mutating func seek(_ playback: Int, to milliseconds: Double) {
        playbacks[playback]?.seek(to: milliseconds)
        if let slot = playbacks[playback].flatMap({ slot(of: $0.connection) }) { slots[slot]?.closeAt = nil }
        makeReady(playback: playback)
    }

    /// A player of a recording pauses, or goes on.
    mutating func pause(_ playback: Int, _ pauses: Bool, at position: Double, slot: Int) {
        guard let messageStream = playbacks[playback]?.messageStream else { return }
        let status = pauses ? Status(.pauseNotify, "paused") : Status(.unpauseNotify, "playing again")
        slots[slot]?.session?.sendStatus(status, on: messageStream)
        playbacks[playback]?.pause(pauses, at: position)
        makeReady(playback: playback)
    }

    /// The player is done with it. A message that was begun is finished first: the connection goes on.
    mutating func leavePlayback(
        of slot: Int, on messageStream: MessageStreamID, why: String, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let index = playback(of: slot, on: messageStream) else { return }
        logEnd(ofPlayback: index, why: why, at: now, &wishes)
        playbacks[index]?.isStopping = true
        makeReady(playback: index)
    }

    /// The connection is gone, or is to be: its recordings end where they are.
    mutating func removePlaybacks(of slot: Int, why: String, at now: Instant, _ wishes: inout Wishes) {
        for index in slots[slot]?.playbacks ?? [] {
            logEnd(ofPlayback: index, why: why, at: now, &wishes)
            remove(playback: index, &wishes)
        }
    }

    /// The relay ends, or the connection is needed elsewhere: players are told that it is over.
    mutating func endPlaybacks(of slot: Int, why: String, at now: Instant, _ wishes: inout Wishes) {
        for index in slots[slot]?.playbacks ?? [] {
            guard let messageStream = playbacks[index]?.messageStream else { continue }
            slots[slot]?.session?.endPlay(messageStream)
        }
        slots[slot]?.collectOutput()
        removePlaybacks(of: slot, why: why, at: now, &wishes)
    }

    mutating func remove(playback index: Int, _ wishes: inout Wishes) {
        guard let playback = playbacks[index] else { return }
        if let file = playback.file {
            wishes.append(.closeFile(file))
            playbackFiles[file] = nil
        }
        if let slot = slot(of: playback.connection) { slots[slot]?.playbacks.removeAll { $0 == index } }
        playbacks[index] = nil
    }

    func logEnd(ofPlayback index: Int, why: String, at now: Instant, _ wishes: inout Wishes) {
        guard let playback = playbacks[index], case .answered = playback.purpose, playback.phase != .ended else {
            return
        }
        wishes.log(
            .info,
            "end \(described(playback.connection.index)) \(playback.path): player \(why) after "
                + "\(seconds(now - playback.since)), \(playback.sentBytes) bytes")
    }
}
