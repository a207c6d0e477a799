// SPDX-License-Identifier: Apache-2.0

internal import Bytes
internal import FLV
internal import RTMPCore

/// The header of a tag in a file, and what the first bytes behind it say. The tag itself is never in memory as a whole.
struct TagHead: Sendable, Hashable {
    static let size = 11

    var kind: FLVTag.Kind
    var isFiltered: Bool
    /// Milliseconds.
    var timestamp: UInt32
    /// Bytes of payload.
    var length: Int
    /// Where in the file the tag begins.
    var position: Int
    var role: MediaClass.Role

    /// Where the tag behind it begins.
    var next: Int { position + Self.size + length + 4 }

    var time: Int64 { Int64(timestamp) }

    var isFrame: Bool { role == .keyframe || role == .interFrame || role == .audioFrame }

    /// Whether those who begin later need it. Of a command or what is unknown nobody knows.
    var isConfiguration: Bool { role == .sequenceHeader || role == .metadata }

    var typeID: MessageTypeID { MessageTypeID(rawValue: kind.rawValue) }
}

extension FileWindow {
    /// What lies at the position, where a tag must begin.
    enum Look: Sendable {
        case tag(TagHead)
        /// Another file begins here, with a header of so many bytes.
        case header(Int)
        /// More of the file is needed.
        case wait
        case end
        /// No tag, or not all of one; in a few words.
        case damaged(String)
    }

    /// Of a message that does not show at once what it is, so much is looked at.
    private static let longestPrefix = 32 << 10

    func look() -> Look {
        guard rest > 0 else { return .end }
        guard rest >= TagHead.size else { return .damaged("the file ends inside a tag") }
        guard let first = byte(0), let length = number(1, 3), let low = number(4, 3), let high = byte(7),
            count >= TagHead.size
        else { return .wait }
        if first == 0x46, number(0, 3) == 0x46_4C56 { return lookAtHeader() }
        let kind = FLVTag.Kind(rawValue: first & 0x1F)
        guard first & 0xC0 == 0, [.audio, .video, .scriptData, .scriptDataAMF3].contains(kind) else {
            return .damaged("there is no tag")
        }
        guard length <= rest - TagHead.size else { return .damaged("the file ends inside a tag of \(length) bytes") }
        let isFiltered = first & 0x20 != 0
        guard let role = isFiltered ? .unknown : role(of: kind, length: length) else { return .wait }
        return .tag(
            TagHead(
                kind: kind, isFiltered: isFiltered,
                timestamp: UInt32(truncatingIfNeeded: high) << 24
                    | UInt32(truncatingIfNeeded: low), length: length, position: position, role: role))
    }

    private func lookAtHeader() -> Look {
        guard let size = number(5, 4) else { return .wait }
        return (9...(1 << 20)).contains(size) ? .header(size) : .damaged("there is no tag")
    }

    /// Nil: more of the message must be there to know.
    private func role(of kind: FLVTag.Kind, length: Int) -> MediaClass.Role? {
        guard kind == .audio || kind == .video else { return .unknown }
        for wanted in [16, Self.longestPrefix] {
            let wanted = min(wanted, length)
            guard count >= TagHead.size + wanted else { return nil }
            let prefix = Array(bytes(TagHead.size..<(TagHead.size + wanted)))
            let media =
                kind == .video
                ? MediaClass(video: prefix.span, of: length) : MediaClass(audio: prefix.span, of: length)
            if let media { return media.role }
            guard wanted == min(Self.longestPrefix, length) else { continue }
            return kind == .video ? MediaClass(video: prefix.span).role : MediaClass(audio: prefix.span).role
        }
        return .unknown
    }
}
