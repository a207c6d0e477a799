// SPDX-License-Identifier: Apache-2.0

import AMF
import Bytes

/// The metadata at the front of a recording: what is known goes in, and every number keeps its place for later.
struct RecordingHead: Sendable {
    /// A value that can be replaced in the file by another one of the same size.
    struct Slot: Sendable {
        var name: String
        /// Position in the file, behind the AMF0 marker.
        var offset: Int
        var written: AMF0Value
    }

    private(set) var slots: [Slot] = []

    /// Keys that describe the publisher's file, and are wrong or useless in ours.
    private static let stale: Set<String> = [
        "duration", "filesize", "fileSize", "keyframes", "hasKeyframes", "canSeekToEnd", "datasize", "videosize",
        "audiosize", "lasttimestamp", "lastkeyframetimestamp", "lastkeyframelocation",
    ]

    /// What stands in the front, in ffmpeg's order, each with its place.
    private static let videoNames = ["width", "height", "framerate", "videocodecid"]
    private static let audioNames = ["audiosamplerate", "stereo", "audiocodecid"]

    /// Appends the payload of the script tag, which starts at `offset` in the file.
    mutating func write(
        at offset: Int, merging publisher: FLVMetadata, facts: StreamFacts, into output: inout [UInt8]
    ) {
        let start = output.count
        var names = ["duration"]
        if facts.video != nil || publisher.videoCodec != nil || publisher.width != nil { names += Self.videoNames }
        if facts.audio != nil || publisher.audioCodec != nil { names += Self.audioNames }
        names.append("filesize")
        let own = names.compactMap { name in
            let told = Self.value(of: name, publisher)
            let seen = Self.value(of: name, facts)
            // Encoders tell their frame rate; what the bitstream says is often the rate of fields or of nothing.
            return (name == "framerate" ? told ?? seen : seen ?? told).map { (name, $0) }
        }
        let kept = publisher.properties.properties.filter { property in
            let name = property.name.string
            return !Self.stale.contains(name) && !own.contains { $0.0 == name } && !property.value.containsReference
        }
        output.append(contentsOf: FLVMetadata.encodedName)
        output.append(8)
        output.appendUInt32(UInt32(clamping: own.count + kept.count))
        for (name, value) in own {
            guard write(name: AMFString(name), value, into: &output) else { continue }
            let size = value.slotSize
            slots.append(Slot(name: name, offset: offset + output.count - start - size, written: value))
        }
        for property in kept { _ = write(name: property.name, property.value, into: &output) }
        output.append(contentsOf: [0, 0, 9])
    }

    /// What belongs into the slots now, where it differs from what was written.
    func changes(facts: StreamFacts, duration: Double, fileSize: Int64) -> [Recording.Patch] {
        slots.compactMap { slot in
            let value: AMF0Value? =
                switch slot.name {
                case "duration": .number(duration)
                case "filesize": .number(Double(fileSize))
                case "framerate": nil
                default: Self.value(of: slot.name, facts)
                }
            guard let value, value != slot.written, let bytes = value.slotBytes,
                bytes.count == slot.written.slotSize
            else { return nil }
            return Recording.Patch(offset: slot.offset, bytes: bytes)
        }
    }

    /// What the stream says. It knows better than the publisher's metadata, which may be old.
    private static func value(of name: String, _ facts: StreamFacts) -> AMF0Value? {
        switch name {
        case "width": facts.videoFormat.map { .number(Double($0.width)) }
        case "height": facts.videoFormat.map { .number(Double($0.height)) }
        case "framerate": facts.videoFormat?.frameRate.map(AMF0Value.number)
        case "videocodecid": facts.video.map { .number($0.metadataNumber) }
        case "audiosamplerate": facts.audioFormat.map { .number(Double($0.sampleRate)) }
        case "stereo": facts.audioFormat.map { .boolean($0.channels == 2) }
        case "audiocodecid": facts.audio.map { .number($0.metadataNumber) }
        default: nil
        }
    }

    /// What the publisher says, or 0 to keep the place of a number that is learnt later.
    private static func value(of name: String, _ publisher: FLVMetadata) -> AMF0Value? {
        switch name {
        case "duration", "filesize": .number(0)
        case "width": .number(Double(publisher.width ?? 0))
        case "height": .number(Double(publisher.height ?? 0))
        case "framerate": publisher.frameRate.map(AMF0Value.number)
        case "videocodecid": publisher.videoCodec.map { .number($0.metadataNumber) }
        case "audiosamplerate": publisher.audioSampleRate.map(AMF0Value.number)
        case "stereo": publisher.isStereo.map(AMF0Value.boolean)
        case "audiocodecid": publisher.audioCodec.map { .number($0.metadataNumber) }
        default: nil
        }
    }

    private func write(name: AMFString, _ value: AMF0Value, into output: inout [UInt8]) -> Bool {
        guard let length = UInt16(exactly: name.bytes.count) else { return false }
        let start = output.count
        output.appendUInt16(length)
        output.append(contentsOf: name.bytes)
        do {
            try value.encode(into: &output)
            return true
        } catch {
            output.removeSubrange(start...)
            return false
        }
    }
}

extension AMF0Value {
    /// The bytes behind the marker, of the types that always have the same size.
    fileprivate var slotBytes: [UInt8]? {
        switch self {
        case .number(let number):
            var bytes: [UInt8] = []
            bytes.appendDouble(number)
            return bytes
        case .boolean(let boolean): return [boolean ? 1 : 0]
        default: return nil
        }
    }

    fileprivate var slotSize: Int { slotBytes?.count ?? 0 }

    /// Whether this or something in it points at another value of its message, which is gone in another message.
    fileprivate var containsReference: Bool {
        switch self {
        case .reference: true
        case .object(let object), .ecmaArray(let object, _), .typedObject(_, let object):
            object.properties.contains { $0.value.containsReference }
        case .strictArray(let values): values.contains { $0.containsReference }
        default: false
        }
    }
}
