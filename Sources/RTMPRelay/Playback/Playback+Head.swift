// SPDX-License-Identifier: Apache-2.0

internal import AMF
internal import FLV
internal import RTMPCore

/// What is read of a file before it is played: its metadata, and the configurations at its front.
extension Playback {
    /// Metadata larger than this is left alone.
    private static let longestMetadata = 1 << 20
    /// What a player is sent of it at most.
    private static let longestSentMetadata = 16 << 10
    /// So far the configurations of all tracks are looked for. Writers put them before the first frames.
    private static let longestHead = 256 << 10
    private static let headTagLimit = 64
    /// So many tags are looked at from behind for one with a time.
    private static let tailLimit = 16

    /// Reads on at the front of the file.
    mutating func readHead(_ wishes: inout Wishes) -> Step? {
        guard var window = window.take() else { return nil }
        defer { self.window = window }
        if beginning == 0 {
            guard window.rest >= 9 else { return missing("is no FLV file") }
            guard let signature = window.number(0, 3), let size = window.number(5, 4) else {
                window.fill(&wishes)
                return .wait(until: .never)
            }
            guard signature == 0x46_4C56, (9...(1 << 20)).contains(size) else { return missing("is no FLV file") }
            beginning = size + 4
            map.dropIndex(restartingAt: beginning)
            window.jump(to: beginning)
        }
        while !isHeadComplete(window) {
            switch window.look() {
            case .wait:
                window.fill(upTo: 2 * FileWindow.readSize, &wishes)
                return .wait(until: .never)
            case .end, .damaged, .header:
                return finishHead()
            case .tag(let head):
                let isShort = head.length <= Self.longestMetadata
                let isMetadata = head.kind == .scriptData && metadataPlace == nil && headTags < 4 && isShort
                if isMetadata || head.isConfiguration, !head.isFiltered, isShort {
                    guard window.count >= TagHead.size + head.length else {
                        window.fill(upTo: TagHead.size + head.length, &wishes)
                        return .wait(until: .never)
                    }
                    let payload = Array(window.bytes(TagHead.size..<(TagHead.size + head.length)))
                    if isMetadata { take(metadata: payload, at: head.position, size: window.size) }
                    if head.isConfiguration { map.note(head, configuration: payload) }
                }
                map.note(head)
                if head.role == .audioFrame { sawSound = true }
                headTags += 1
                window.jump(to: head.next)
            }
        }
        return finishHead()
    }

    private func isHeadComplete(_ window: FileWindow) -> Bool {
        map.hasVideo && sawSound && headTags > 8 || headTags >= Self.headTagLimit
            || window.position > Self.longestHead + (metadataPlace == nil ? 0 : Self.longestMetadata)
    }

    private mutating func finishHead() -> Step? {
        phase = duration == nil ? .tail(0) : .idle
        return duration == nil ? nil : .ready
    }

    private mutating func missing(_ reason: String) -> Step {
        phase = .gone
        return .missing(reason, exists: true)
    }

    private mutating func take(metadata payload: [UInt8], at place: Int, size: Int) {
        guard var metadata = FLVMetadata(decoding: payload.span) else { return }
        metadataPlace = place
        map.take(indexOf: metadata, size: size)
        if let seconds = metadata.duration, seconds > 0 { duration = seconds }
        metadata.removeIndex()
        set(metadata)
    }

    /// What is sent as metadata: without what only means something in the file, and with the duration.
    private mutating func set(_ metadata: FLVMetadata) {
        var sent = metadata
        if let duration { sent.duration = duration }
        self.metadata = []
        try? sent.encode(into: &self.metadata)
        guard self.metadata.count > Self.longestSentMetadata else { return }
        sent = FLVMetadata()
        sent.duration = duration
        self.metadata = []
        try? sent.encode(into: &self.metadata)
    }

    /// Reads the time of the last tag, which is how long the file is when nothing else says so: in even steps the size
    /// that stands behind a tag, in odd ones the tag.
    mutating func readTail(_ step: Int, _ wishes: inout Wishes) -> Step? {
        guard var window = window.take() else { return nil }
        defer { self.window = window }
        if step == 0, window.position != window.size - 4 { window.jump(to: window.size - 4) }
        guard step < 2 * Self.tailLimit, window.position >= beginning, window.rest >= 4 else { return finishTail(nil) }
        if step & 1 == 0 {
            guard let size = window.number(0, 4) else {
                window.fill(&wishes)
                return .wait(until: .never)
            }
            guard size >= TagHead.size, size <= window.position - beginning else { return finishTail(nil) }
            tailPlace = window.position - size - 4
            window.jump(to: window.position - size)
            phase = .tail(step + 1)
            return nil
        }
        switch window.look() {
        case .wait:
            window.fill(upTo: 2 * FileWindow.readSize, &wishes)
            return .wait(until: .never)
        case .tag(let head) where head.isFrame:
            return finishTail(Double(head.timestamp) / 1_000)
        case .tag:
            window.jump(to: tailPlace)
            phase = .tail(step + 1)
            return nil
        case .end, .damaged, .header:
            return finishTail(nil)
        }
    }

    private mutating func finishTail(_ seconds: Double?) -> Step? {
        duration = seconds
        let known = metadata
        set(FLVMetadata(decoding: known.span) ?? FLVMetadata())
        phase = .idle
        return .ready
    }
}
