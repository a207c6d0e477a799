// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport

/// A stream in which every byte of every frame follows from the frame's number, so that whoever receives it can say
/// what is missing, repeated or changed.
struct Synthetic: Sendable {
    /// Milliseconds from one frame to the next; every third is video, the others are audio.
    var interval: UInt32 = 11
    /// Video frames from one keyframe to the next.
    var keyframeInterval = 30
    /// Bytes in the largest frame beyond its head.
    var size = 2000
    var hasVideo = true
    var hasAudio = true
    /// Another configuration among the headers.
    var extraHeader: MediaPacket?

    static let videoHeader: [UInt8] = bytes("17 00 000000 01 64001f ff e1 0004 6764001f 01 0002 68ee")
    static let audioHeader: [UInt8] = bytes("af 00 1210")

    /// What a publisher sends before its first frame.
    var headers: [MediaPacket] {
        var metadata: [UInt8] = []
        for value in ["@setDataFrame", "onMetaData", ["width": 320, "height": 180]] as [AMF0Value] {
            try? value.encode(into: &metadata)
        }
        var headers = [MediaPacket(.data, timestamp: RTMPTimestamp(0), payload: metadata)]
        if hasVideo { headers.append(MediaPacket(.video, timestamp: RTMPTimestamp(0), payload: Self.videoHeader)) }
        if hasAudio { headers.append(MediaPacket(.audio, timestamp: RTMPTimestamp(0), payload: Self.audioHeader)) }
        if let extraHeader { headers.append(extraHeader) }
        return headers
    }

    func isVideo(_ number: Int) -> Bool { hasVideo && (!hasAudio || number % 3 == 0) }

    func isKeyframe(_ number: Int) -> Bool {
        isVideo(number) && number % (hasAudio ? 3 * keyframeInterval : keyframeInterval) == 0
    }

    /// Frame `number`, stamped from `start` on.
    func frame(_ number: Int, start: UInt32 = 0) -> MediaPacket {
        let head: [UInt8] = isVideo(number) ? [isKeyframe(number) ? 0x17 : 0x27, 1, 0, 0, 0] : [0xAF, 1]
        let count = isKeyframe(number) ? size * 4 : number &* 7919 % max(1, size)
        var payload = head
        for shift in [24, 16, 8, 0] { payload.append(UInt8(truncatingIfNeeded: number >> shift)) }
        payload += [UInt8](repeating: UInt8(truncatingIfNeeded: number &* 7), count: count)
        return MediaPacket(
            isVideo(number) ? .video : .audio,
            timestamp: RTMPTimestamp(start &+ UInt32(truncatingIfNeeded: number) &* interval), payload: payload)
    }

    /// The number of a frame, nil when a byte of it is wrong or it is no frame.
    func number(of packet: MediaPacket) -> Int? {
        let head = packet.kind == .video ? 5 : 2
        guard packet.kind == .video || packet.kind == .audio, packet.payload.count >= head + 4,
            packet.payload[1] == 1
        else { return nil }
        let number = packet.payload[head..<(head + 4)].reduce(0) { $0 << 8 | Int($1) }
        return frame(number).payload == packet.payload ? number : nil
    }
}

extension MediaPacket {
    /// Whether this is a frame of a ``Synthetic`` stream, not a configuration or metadata.
    var isFrame: Bool { (kind == .audio || kind == .video) && payload.count > 1 && payload[1] == 1 }
}
