// SPDX-License-Identifier: Apache-2.0

import FLV
import RTMPCore

/// Streams as small as they can be: H.264 and AAC that nobody decodes, told apart by a number in each frame.
enum SmallStream {
    static let videoHeader: [UInt8] = [
        0x17, 0x00, 0x00, 0x00, 0x00, 0x01, 0x64, 0x00, 0x1E, 0xFF, 0xE1, 0x00, 0x04, 0x67, 0x64, 0x00, 0x1E, 0x01,
        0x00, 0x02, 0x68, 0xEE,
    ]
    static let audioHeader: [UInt8] = [0xAF, 0x00, 0x12, 0x10]
    /// `"onMetaData", {}` with an ECMA array that holds `width`.
    static let metadata: [UInt8] =
        [0x02, 0x00, 0x0A] + Array("onMetaData".utf8) + [0x08, 0, 0, 0, 1, 0, 5] + Array("width".utf8)
        + [0x00, 0x40, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0x09]

    static func video(_ number: Int, isKeyframe: Bool, size: Int = 20) -> [UInt8] {
        let unit = max(size, 13) - 9
        return [isKeyframe ? 0x17 : 0x27, 0x01, 0x00, 0x00, 0x00] + [0x00, 0x00, UInt8(unit >> 8), UInt8(unit & 0xFF)]
            + tail(number, size)
    }

    static func audio(_ number: Int, size: Int = 12) -> [UInt8] { [0xAF, 0x01] + tail(number, size) }

    private static func tail(_ number: Int, _ size: Int) -> [UInt8] {
        let word = UInt32(truncatingIfNeeded: number)
        return [UInt8(word >> 24), UInt8(word >> 16 & 0xFF), UInt8(word >> 8 & 0xFF), UInt8(word & 0xFF)]
            + [UInt8](repeating: 0x5A, count: max(0, size - 13))
    }

    /// Metadata, headers, then 25 pictures and as many sounds a second, with a keyframe every second.
    static func packets(seconds: Int, from timestamp: UInt32 = 0, size: Int = 20) -> [MediaPacket] {
        let first = RTMPTimestamp(timestamp)
        var packets = [
            MediaPacket(.data, timestamp: first, payload: metadata),
            MediaPacket(.video, timestamp: first, payload: videoHeader),
            MediaPacket(.audio, timestamp: first, payload: audioHeader),
        ]
        for number in 0..<(seconds * 25) {
            let at = RTMPTimestamp(timestamp &+ UInt32(number * 40))
            packets.append(
                MediaPacket(.video, timestamp: at, payload: video(number, isKeyframe: number % 25 == 0, size: size)))
            packets.append(MediaPacket(.audio, timestamp: at, payload: audio(number)))
        }
        return packets
    }

    /// The same, each packet at the time that its timestamp says.
    static func live(seconds: Int, from timestamp: UInt32 = 0, size: Int = 20) -> [(at: Duration, packet: MediaPacket)]
    {
        packets(seconds: seconds, from: timestamp, size: size).map {
            (.milliseconds($0.timestamp.milliseconds &- timestamp), $0)
        }
    }

    /// The same as an FLV file.
    static func file(seconds: Int, from timestamp: UInt32 = 0, size: Int = 20) -> [UInt8] {
        var bytes: [UInt8] = [0x46, 0x4C, 0x56, 0x01, 0x05, 0, 0, 0, 9, 0, 0, 0, 0]
        for packet in packets(seconds: seconds, from: timestamp, size: size) {
            let count = UInt32(packet.payload.count)
            let time = packet.timestamp.milliseconds
            bytes.append(packet.typeID.rawValue)
            bytes += [UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
            bytes += [UInt8(time >> 16 & 0xFF), UInt8(time >> 8 & 0xFF), UInt8(time & 0xFF), UInt8(time >> 24)]
            bytes += [0, 0, 0] + packet.payload
            let size = count + 11
            bytes += [UInt8(size >> 24), UInt8(size >> 16 & 0xFF), UInt8(size >> 8 & 0xFF), UInt8(size & 0xFF)]
        }
        return bytes
    }

    /// The tags of an FLV file, without its onMetaData. Throws when the file is broken or cut.
    static func tags(_ file: [UInt8]) throws -> [FLVTag] {
        var reader = FLVReader()
        reader.receive(file.span)
        reader.receiveEnd()
        var tags: [FLVTag] = []
        while let element = try reader.nextElement() {
            if case .tag(let tag) = element, tag.kind != .scriptData { tags.append(tag) }
        }
        return tags
    }
}
