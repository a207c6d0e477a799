// SPDX-License-Identifier: Apache-2.0

internal import FLV
public import RTMPCore

/// What somebody who joins a stream needs before its next frame: metadata, then for each track its sequence start, its
/// channel layout and its colour information, in the order in which the publisher last changed them.
public struct Prologue: Sendable, Hashable {
    /// One message of a prologue.
    public struct Message: Sendable, Hashable {
        /// Its message type.
        public var typeID: MessageTypeID
        /// Its payload, bit for bit as the publisher sent it.
        public var payload: [UInt8]
        var slot: Slot

        /// Bytes that it needs, its name included.
        var memorySize: Int {
            if case .data(let name) = slot { payload.count + name.count } else { payload.count }
        }

        /// Whether it is a data frame, not a configuration of a track.
        var isData: Bool { if case .data = slot { true } else { false } }
    }

    /// What a later message replaces: the same kind of information about the same track.
    enum Slot: Sendable, Hashable {
        case data(name: [UInt8])
        case track(typeID: MessageTypeID, trackID: UInt8, layout: UInt8, packetType: UInt8)
    }

    /// Kept names are bounded: a publisher that invents new ones without end gets no more room.
    private static let dataFrameLimit = 16
    /// Sixteen tracks of each medium, with three messages each.
    private static let trackMessageLimit = 96

    /// Bytes that all of it may have, because everybody who joins is sent it. Index tables of files of ten hours fit.
    static let sizeLimit = 1 << 20

    /// Metadata first.
    public private(set) var messages: [Message] = []

    /// Memory that it holds, in bytes.
    public private(set) var memorySize = 0

    /// Counts changes: two prologues of one stream with the same version are equal.
    public private(set) var version = 0

    /// The enhanced codecs of all tracks, each once.
    var codecs: [(fourCC: String, isVideo: Bool)] {
        var codecs: [(fourCC: String, isVideo: Bool)] = []
        for message in messages where !message.isData {
            let isVideo = message.typeID == .video
            let media = isVideo ? MediaClass(video: message.payload.span) : MediaClass(audio: message.payload.span)
            guard let code = media.fourCC else { continue }
            let fourCC = FourCC(rawValue: code).description
            if !codecs.contains(where: { $0.fourCC == fourCC }) { codecs.append((fourCC, isVideo)) }
        }
        return codecs
    }

    /// Keeps a data frame under its name.
    mutating func setData(name: [UInt8], typeID: MessageTypeID, payload: [UInt8]) {
        let message = Message(typeID: typeID, payload: payload, slot: .data(name: name))
        guard !messages.contains(message) else { return }
        let old = messages.firstIndex { $0.slot == message.slot }
        if let old { remove(at: old) }
        let count = messages.prefix(while: \.isData).count
        if count < Self.dataFrameLimit { insert(message, at: old ?? count) }
        version += 1
    }

    /// Forgets a data frame.
    mutating func clearData(name: [UInt8]) {
        guard let index = messages.firstIndex(where: { $0.slot == .data(name: name) }) else { return }
        remove(at: index)
        version += 1
    }

    /// Keeps a codec configuration or what belongs to it.
    mutating func setTrack(typeID: MessageTypeID, media: MediaClass, payload: [UInt8]) {
        let slot = Slot.track(
            typeID: typeID, trackID: media.trackID, layout: media.isMultitrack ? 1 : 0, packetType: media.packetType)
        let old = messages.firstIndex { $0.slot == slot }
        if let old, messages[old].payload == payload { return }
        if let old { remove(at: old) }
        if media.role == .sequenceHeader, old != nil {
            // Colour and channels of the old configuration say nothing about the new one.
            for index in messages.indices.reversed() {
                if case .track(typeID, media.trackID, _, let packetType) = messages[index].slot,
                    packetType != media.packetType
                {
                    remove(at: index)
                }
            }
        }
        version += 1
        guard messages.count < Self.trackMessageLimit else { return }
        // At the end: what changed last must be read last, or an older message of another layout would win.
        insert(Message(typeID: typeID, payload: payload, slot: slot), at: messages.count)
    }

    private mutating func remove(at index: Int) { memorySize -= messages.remove(at: index).memorySize }

    private mutating func insert(_ message: Message, at index: Int) {
        guard memorySize + message.memorySize <= Self.sizeLimit else { return }
        memorySize += message.memorySize
        messages.insert(message, at: index)
    }
}
