// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// Tags become messages, in chunks of the relay's size, on chunk streams that nothing else on the connection uses.
extension Playback {
    /// Bytes that are gathered before they are given away. With a chunk behind them they stay below what a connection may
    /// have waiting.
    private static let batch = 4 << 10
    /// Data messages of more bytes are left out. Metadata has been sent by then.
    private static let longestData = 32 << 10
    /// Configurations of more bytes are not kept for those who seek.
    private static let longestConfiguration = 16 << 10
    /// A player is woken for so many milliseconds of media at once, when it buffers more than that.
    private static let grain: Int64 = 100
    /// The shortest buffer that is believed.
    private static let shortestBuffer: Int64 = 100

    /// What is next. To be called until it waits.
    ///
    /// - Parameters:
    ///   - buffer: What the player buffers, in milliseconds.
    ///   - now: The present.
    ///   - wishes: Takes what is wanted of the file.
    mutating func next(buffer: UInt32, at now: Instant, _ wishes: inout Wishes) -> Step {
        while true {
            if message == nil {
                if isStopping { return .stopped }
                goOn()
            }
            let step: Step?
            switch phase {
            case .opening, .idle, .ended: step = .wait(until: .never)
            case .head: step = readHead(&wishes)
            case .tail(let number): step = readTail(number, &wishes)
            case .locating(let time): step = locate(time, &wishes)
            case .playing: step = send(buffer: max(Int64(buffer), Self.shortestBuffer), at: now, &wishes)
            case .gone: step = .missing(openFailure ?? "it is no regular file", exists: openFailure == nil)
            }
            if let step { return step }
        }
    }

    /// Goes where the player wants to go.
    private mutating func goOn() {
        switch phase {
        case .locating, .playing, .ended: break
        case .opening, .head, .tail, .idle, .gone: return
        }
        guard let time = wanted else { return }
        wanted = nil
        isSeek = true
        isStill = false
        // Whoever looks elsewhere wants to see what is there, whatever was asked for at first.
        end = nil
        origin = 0
        checking = nil
        phase = .locating(time)
    }

    private mutating func send(buffer: Int64, at now: Instant, _ wishes: inout Wishes) -> Step? {
        guard var window = window.take() else {
            phase = .ended
            return .complete(damage)
        }
        defer { self.window = window }
        var output: [UInt8] = []
        while output.count < Self.batch {
            if message == nil {
                if isStopping { return output.isEmpty ? .stopped : .bytes(output) }
                if wanted != nil { return output.isEmpty ? nil : .bytes(output) }
                if needsPreface { appendPreface(window, &output) }
                if isPaused { break }
                switch nextMessage(in: &window, buffer: buffer, at: now, &wishes) {
                case .found(let next):
                    message = next
                    window.jump(to: next.head.position + TagHead.size)
                case .passed: continue
                case .wait(let until): return output.isEmpty ? .wait(until: until) : .bytes(output)
                case .end:
                    guard output.isEmpty else { return .bytes(output) }
                    phase = .ended
                    return .complete(damage)
                }
            }
            guard appendChunk(from: &window, into: &output, &wishes) else {
                guard output.isEmpty else { return .bytes(output) }
                return brokenOff(window) ?? .wait(until: .never)
            }
        }
        return output.isEmpty ? .wait(until: .never) : .bytes(output)
    }

    /// What to do when the file has become shorter than the message.
    private mutating func brokenOff(_ window: FileWindow) -> Step? {
        guard let message, message.rest > window.rest else { return nil }
        damage = damage ?? "the file became shorter"
        guard message.rest == message.head.length else { return .broken(damage ?? "") }
        self.message = nil
        phase = .ended
        return .complete(damage)
    }

    private enum Found {
        case found(Message)
        /// A tag that is not sent.
        case passed
        case wait(Instant)
        case end
    }

    private mutating func nextMessage(
        in window: inout FileWindow, buffer: Int64, at now: Instant, _ wishes: inout Wishes
    ) -> Found {
        window.fill(&wishes)
        let head: TagHead
        switch window.look() {
        case .wait:
            window.fill(upTo: 2 * FileWindow.readSize, &wishes)
            return .wait(.never)
        case .end: return .end
        case .damaged(let reason):
            damage = damage ?? "\(reason) at byte \(window.position)"
            return .end
        case .header(let size):
            window.jump(to: window.position + size + 4)
            return .passed
        case .tag(let tag): head = tag
        }
        if head.isConfiguration, !head.isFiltered, head.length <= Self.longestConfiguration {
            guard window.count >= TagHead.size + head.length else {
                window.fill(upTo: 2 * FileWindow.readSize, &wishes)
                return .wait(.never)
            }
            map.note(head, configuration: Array(window.bytes(TagHead.size..<(TagHead.size + head.length))))
        }
        map.note(head)
        if let end, head.time >= end, head.kind == .audio || head.kind == .video {
            // The other kind may still have something before the end.
            if head.time > end &+ 1_000 { return .end }
            window.jump(to: head.next)
            return .passed
        }
        guard isWanted(head) else {
            window.jump(to: head.next)
            return .passed
        }
        if head.kind == .audio || head.kind == .video, !head.isConfiguration {
            let due = pace.due(head.time, ahead: buffer, at: now)
            guard due <= now else { return .wait(buffer > 2 * Self.grain ? due + .milliseconds(Self.grain) : due) }
            sentTime = max(sentTime, head.time)
            if isStill, head.role == .keyframe || !map.hasVideo, head.isFrame {
                // One frame and no more.
                end = head.time
                isStill = false
            }
        }
        if head.role == .keyframe { awaitsKeyframe = false }
        return .found(
            Message(
                head: head, timestamp: RTMPTimestamp(UInt32(truncatingIfNeeded: head.time &- origin)), rest: head.length
            ))
    }

    private func isWanted(_ head: TagHead) -> Bool {
        guard !head.isFiltered, head.length > 0, head.position != metadataPlace else { return false }
        switch head.kind {
        case .audio: return wantsAudio || head.isConfiguration
        case .video:
            guard wantsVideo || head.isConfiguration else { return false }
            return !awaitsKeyframe || head.role != .interFrame
        default: return head.length <= Self.longestData
        }
    }

    // Chunks

    /// What stands in front of the first tag: metadata, once, and the configurations in force there.
    private mutating func appendPreface(_ window: FileWindow, _ output: inout [UInt8]) {
        needsPreface = false
        if !hasSentMetadata, !metadata.isEmpty {
            append(.data, RTMPTimestamp.zero, metadata, into: &output)
        }
        hasSentMetadata = true
        var timestamp = RTMPTimestamp.zero
        if case .tag(let head) = window.look() {
            timestamp = RTMPTimestamp(UInt32(truncatingIfNeeded: head.time &- origin))
        } else if let index = map.points.firstIndex(where: { $0.position == headPlace }) {
            timestamp = RTMPTimestamp(UInt32(truncatingIfNeeded: map.points[index].time &- origin))
        }
        for configuration in map.configurations(before: headPlace) {
            append(configuration.typeID, timestamp, configuration.payload, into: &output)
        }
    }

    private func chunkStream(of typeID: MessageTypeID) -> ChunkStreamID {
        let offset: UInt32 = typeID == .audio ? 0 : typeID == .video ? 1 : 2
        return ChunkStreamID(rawValue: 8 + 3 * lane + offset)
    }

    private func append(
        _ typeID: MessageTypeID, _ timestamp: RTMPTimestamp, _ payload: [UInt8], into output: inout [UInt8]
    ) {
        ChunkWriter.appendFull(
            typeID: typeID, streamID: messageStream, timestamp: timestamp, payload: payload.span,
            chunkStream: chunkStream(of: typeID), chunkSize: StreamLog.chunkSize, into: &output)
    }

    /// Appends the next chunk of the message.
    /// - Returns: whether all of it was there.
    private mutating func appendChunk(
        from window: inout FileWindow, into output: inout [UInt8], _ wishes: inout Wishes
    ) -> Bool {
        guard var message else { return true }
        let count = min(StreamLog.chunkSize, message.rest)
        guard window.count >= count else {
            window.fill(upTo: count, &wishes)
            return false
        }
        let typeID = message.head.typeID
        if message.rest == message.head.length {
            ChunkWriter.appendFullHeader(
                typeID: typeID, streamID: messageStream, timestamp: message.timestamp, length: message.rest,
                chunkStream: chunkStream(of: typeID), into: &output)
        } else {
            ChunkWriter.appendContinuationHeader(
                timestamp: message.timestamp, chunkStream: chunkStream(of: typeID), into: &output)
        }
        output += window.bytes(0..<count)
        sentBytes += Int64(count)
        message.rest -= count
        window.jump(to: message.rest > 0 ? window.position + count : message.head.next)
        self.message = message.rest > 0 ? message : nil
        return true
    }
}
