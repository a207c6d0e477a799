// SPDX-License-Identifier: Apache-2.0

import AMF
import FLV
import RTMPCore
import RTMPRelay
import TestSupport

/// A ``Synthetic`` stream as a file, and what a player of it must get.
struct RecordedStream {
    enum Index {
        case none, right
        /// Every place is that of the four bytes before the tag.
        case early
        /// Places where nothing begins.
        case wrong
    }

    var stream = Synthetic()
    var frames = 0..<900
    var index = Index.none
    var hasMetadata = true
    /// Messages that are put in front of the frame with that number.
    var extras: [Int: [MediaPacket]] = [:]

    /// Sound and pictures in the order of the file, with the frame's number where it is one.
    var media: [(packet: MediaPacket, number: Int?)] {
        var media: [(MediaPacket, Int?)] = stream.headers.dropFirst().map { ($0, nil) }
        for number in frames {
            for extra in extras[number] ?? [] {
                var extra = extra
                extra.timestamp = stream.frame(number).timestamp
                media.append((extra, nil))
            }
            media.append((stream.frame(number), number))
        }
        return media
    }

    var duration: Double { Double(frames.upperBound * Int(stream.interval)) / 1_000 }

    var bytes: [UInt8] {
        let (draft, places) = bytes(places: nil)
        guard index != .none else { return draft }
        let moved = places.map { place in
            switch index {
            case .early: Point(time: place.time, position: place.position - 4)
            case .wrong: Point(time: place.time, position: place.position + 7)
            default: place
            }
        }
        return bytes(places: moved).bytes
    }

    private struct Point {
        var time: UInt32
        var position: Int
    }

    private func bytes(places: [Point]?) -> (bytes: [UInt8], places: [Point]) {
        var bytes: [UInt8] = []
        var writer = FLVWriter()
        try? writer.write(FLVHeader(hasAudio: stream.hasAudio, hasVideo: stream.hasVideo), into: &bytes)
        let keyframes = frames.filter { stream.isKeyframe($0) }
        if hasMetadata {
            var metadata = FLVMetadata(["width": 320, "height": 180, "duration": .number(duration)])
            if index != .none {
                let points = places ?? keyframes.map { _ in Point(time: 0, position: 1) }
                metadata.properties["keyframes"] = .object([
                    "filepositions": .strictArray(points.map { .number(Double($0.position)) }),
                    "times": .strictArray(points.map { .number(Double($0.time) / 1_000) }),
                ])
            }
            var payload: [UInt8] = []
            try? metadata.encode(into: &payload)
            try? writer.write(kind: .scriptData, timestamp: 0, payload: payload.span, into: &bytes)
        }
        var found: [Point] = []
        for (packet, number) in media {
            if let number, stream.isKeyframe(number) {
                found.append(Point(time: packet.timestamp.milliseconds, position: bytes.count))
            }
            let payload = packet.payload
            try? writer.write(
                kind: packet.kind == .video ? .video : .audio, timestamp: packet.timestamp.milliseconds,
                payload: payload.span, into: &bytes)
        }
        return (bytes, found)
    }
}

extension RelayScene {
    static let recordings = "/srv/vod"

    /// A relay with recordings.
    @discardableResult
    func recordingRelay(
        _ files: [String: [UInt8]], shards: Int = RelayScene.shards,
        _ change: (inout RelayConfiguration) -> Void = { _ in }
    ) -> SimulatedHost {
        let relay = relay(shards: shards) { configuration in
            configuration.vodDirectory = Self.recordings
            change(&configuration)
        }
        for (name, bytes) in files { relay.files.contents["\(Self.recordings)/\(name)"] = bytes }
        return relay
    }

    /// A player that asks for a place, a length, a buffer, and calls things afterwards.
    func rawPlayer(
        _ name: String = "player", _ path: String = "live/show", start: Double = 0, duration: Double? = nil,
        buffer: UInt32? = 3_600_000, plays: [UInt32] = [1], conditions: Conditions? = nil, calls: [RawPlayer.Call] = []
    ) -> SimulatedHost {
        var player = RawPlayer(Self.url("relay", path), plays: plays, calls: calls)
        player.arguments = [.number(start)] + (duration.map { [.number($0)] } ?? [])
        player.buffer = buffer
        return network.add(host: name, conditions: conditions, program: player)
    }

    /// Runs until that status came so often.
    func runUntil(_ player: SimulatedHost, hears code: String, count: Int = 1) -> Bool {
        network.runUntil(within: .seconds(200)) {
            player.with(RawPlayer.self) { $0.statuses.count { $0 == code } >= count }
        }
    }
}

extension SimulatedHost {
    /// Sound and pictures that a ``RawPlayer`` got on a message stream.
    func media(on stream: UInt32 = 1) -> [MediaPacket] {
        with(RawPlayer.self) { player in
            player.messages.filter { $0.streamID.rawValue == stream }.compactMap { message in
                guard message.typeID == .audio || message.typeID == .video else { return nil }
                return MediaPacket(
                    message.typeID == .video ? .video : .audio, timestamp: message.timestamp, payload: message.payload)
            }
        }
    }

    /// Everything else that it was told, in short.
    var told: [String] {
        with(RawPlayer.self) { player in
            player.messages.compactMap { message in
                switch message.typeID {
                case .command:
                    return (try? AMF0Value.decodeAll(message.payload.span))?.last?["code"]?.string
                case .userControl:
                    guard let event = try? UserControlEvent(decoding: message.payload.span) else { return nil }
                    switch event {
                    case .streamBegin: return "begin"
                    case .streamEOF: return "eof"
                    case .streamIsRecorded: return "recorded"
                    default: return nil
                    }
                case .data:
                    let values = (try? AMF0Value.decodeAll(message.payload.span)) ?? []
                    return values.last?["code"]?.string ?? values.first?.string
                default: return nil
                }
            }
        }
    }
}
