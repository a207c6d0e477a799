// SPDX-License-Identifier: Apache-2.0

extension StrictFLV {
    /// What a tag holds, as far as its first bytes say.
    public enum Content: Sendable, Hashable {
        /// A frame.
        public enum Frame: Sendable, Hashable {
            /// A picture with which decoding can start.
            case key
            /// A picture that needs others.
            case inter
            /// A picture whose sender does not say which of the two it is (gortmplib, MediaMTX).
            case unsaid
            /// Sound.
            case sound
        }

        /// Sound or a picture.
        case frame(Frame)
        /// What a decoder must know before frames.
        case configuration
        /// Script data.
        case script
        /// A body that nobody can look into.
        case encrypted
        /// Anything else: nothing at all, marks of ends, commands, color information.
        case other
    }
}

extension StrictFLV.Content {
    /// A track: its medium and number.
    struct Track: Hashable, CustomStringConvertible {
        var type: UInt8
        var number: UInt8
        var description: String { "\(type == 8 ? "audio" : "video") track \(number)" }
    }

    /// What a tag holds of one track.
    struct Part {
        var track: Track
        var content: StrictFLV.Content
        var needsConfiguration: Bool
    }

    /// What a tag holds, track by track.
    static func parts(type: UInt8, _ body: ArraySlice<UInt8>) -> [Part] {
        guard type == 8 || type == 9, let first = body.first else { return [] }
        let isVideo = type == 9
        if isVideo ? first & 0x80 != 0 : first >> 4 == 9 { return enhanced(isVideo: isVideo, body) }
        let rest = body.dropFirst()
        let codec = isVideo ? first & 15 : first >> 4
        let isPacked = isVideo ? [7, 9, 12, 13, 14].contains(codec) : codec == 10
        let frameType = first >> 4
        var content = StrictFLV.Content.other
        if isVideo, frameType == 5 {
            content = .other
        } else if isPacked, let packet = rest.first {
            let hasData = rest.count > (isVideo ? 4 : 1)
            if packet == 0, hasData { content = .configuration }
            if packet == 1, hasData { content = .frame(isVideo ? picture(frameType) : .sound) }
        } else if !isPacked, !rest.isEmpty {
            content = .frame(isVideo ? picture(frameType) : .sound)
        }
        // MPEG-4 part 2 has none in FLV.
        let needs = isPacked && !(isVideo && codec == 9)
        return [Part(track: Track(type: type, number: 0), content: content, needsConfiguration: needs)]
    }

    private static func picture(_ frameType: UInt8) -> Frame {
        switch frameType {
        case 1, 4: .key
        case 0: .unsaid
        default: .inter
        }
    }

    private static func enhanced(isVideo: Bool, _ body: ArraySlice<UInt8>) -> [Part] {
        var rest = body
        let type: UInt8 = isVideo ? 9 : 8
        guard let first = rest.popFirst() else { return [] }
        let frameType = first >> 4 & 7
        var packet = first & 15
        while packet == 7 {
            guard var size = rest.popFirst().map({ Int($0) + 1 }) else { return [] }
            if size == 256 {
                guard rest.count >= 2 else { return [] }
                size = Int(rest.removeFirst()) << 8 + Int(rest.removeFirst()) + 1
            }
            rest = rest.dropFirst(size)
            guard let next = rest.popFirst() else { return [] }
            packet = next & 15
        }
        if isVideo, frameType == 5, packet != 4 { return [] }
        guard packet == (isVideo ? 6 : 5) else {
            let codec = rest.prefix(4)
            return [part(type, 0, packet, frameType, Array(codec), rest.dropFirst(4))]
        }
        guard let second = rest.popFirst() else { return [] }
        packet = second & 15
        var codec: [UInt8] = []
        if second >> 4 < 2 { codec = Array(rest.prefix(4)) }
        rest = rest.dropFirst(codec.count)
        var parts: [Part] = []
        while !rest.isEmpty {
            if second >> 4 == 2 {
                codec = Array(rest.prefix(4))
                rest = rest.dropFirst(4)
            }
            guard let number = rest.popFirst() else { return parts }
            var size = rest.count
            if second >> 4 > 0 {
                guard rest.count >= 3 else { return parts }
                size = rest.prefix(3).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(3)
            }
            parts.append(part(type, number, packet, frameType, codec, rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return parts
    }

    private static func part(
        _ type: UInt8, _ number: UInt8, _ packet: UInt8, _ frameType: UInt8, _ codec: [UInt8],
        _ data: ArraySlice<UInt8>
    ) -> Part {
        let name = String(decoding: codec, as: UTF8.self)
        let hasOffset = type == 9 && packet == 1 && ["avc1", "hvc1", "vvc1"].contains(name)
        var content = StrictFLV.Content.other
        switch packet {
        case 0, 5: if !data.isEmpty { content = .configuration }
        case 1,
            3 where type == 9 || packet == 1:
            if data.count > (hasOffset ? 3 : 0) { content = .frame(type == 9 ? picture(frameType) : .sound) }
        default: break
        }
        let needs = ["avc1", "hvc1", "vvc1", "av01", "vp09", "mp4a", "fLaC"].contains(name)
        return Part(track: Track(type: type, number: number), content: content, needsConfiguration: needs)
    }
}
