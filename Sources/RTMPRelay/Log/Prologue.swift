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
        case track(typeID: MessageTypeID, tracks: Set<UInt8>, packetType: UInt8, codec: UInt32?)
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

    /// Keeps a codec configuration or what belongs to it, in place of what it replaces.
    mutating func setTrack(typeID: MessageTypeID, media: MediaClass, payload: [UInt8]) {
        let slot = Slot(typeID, media, payload)
        if let index = messages.firstIndex(where: { $0.slot == slot && $0.payload == payload }),
            !messages[(index + 1)...].contains(where: { $0.slot.overlaps(slot) })
        {
            return
        }
        let replaced = messages.filter { $0.slot.isReplaced(by: slot) }
        remove { $0.isReplaced(by: slot) }
        if media.role == .sequenceHeader, !replaced.isEmpty {
            // Colour and channels of the old configuration say nothing about the new one.
            let codecs = replaced.map { Slot.codec(typeID, of: $0.payload) } + [media.fourCC]
            remove { $0.belongs(to: slot, of: codecs) }
        }
        version += 1
        guard messages.count < Self.trackMessageLimit else { return }
        // At the end: what changed last must be read last, or an older message of another layout would win.
        insert(Message(typeID: typeID, payload: payload, slot: slot), at: messages.count)
    }

    private mutating func remove(where isGone: (Slot) -> Bool) {
        for index in messages.indices.reversed() where isGone(messages[index].slot) { remove(at: index) }
    }

    private mutating func remove(at index: Int) { memorySize -= messages.remove(at: index).memorySize }

    private mutating func insert(_ message: Message, at index: Int) {
        guard memorySize + message.memorySize <= Self.sizeLimit else { return }
        memorySize += message.memorySize
        messages.insert(message, at: index)
    }
}

extension Prologue.Slot {
    init(_ typeID: MessageTypeID, _ media: MediaClass, _ payload: [UInt8]) {
        // ffmpeg tells the colours of every track as if they were the default track's: only the codec tells them apart.
        let codec = media.role == .metadata && typeID == .video ? media.fourCC : nil
        self = .track(
            typeID: typeID, tracks: Self.tracks(typeID, media, payload), packetType: media.packetType, codec: codec)
    }

    private static func tracks(_ typeID: MessageTypeID, _ media: MediaClass, _ payload: [UInt8]) -> Set<UInt8> {
        guard media.isMultitrack else { return [media.trackID] }
        let tracks =
            typeID == .video
            ? (try? VideoMessage(decoding: payload.span))?.tracks.map(\.id)
            : (try? AudioMessage(decoding: payload.span))?.tracks.map(\.id)
        return Set(tracks ?? []).union([media.trackID])
    }

    /// The enhanced codec of a configuration.
    fileprivate static func codec(_ typeID: MessageTypeID, of payload: [UInt8]) -> UInt32? {
        (typeID == .video ? MediaClass(video: payload.span) : MediaClass(audio: payload.span)).fourCC
    }

    /// Whether both say the same kind of thing about some of the same tracks.
    fileprivate func overlaps(_ other: Self) -> Bool {
        guard case .track(let typeID, let tracks, let packetType, let codec) = self,
            case .track(typeID, let theirs, packetType, codec) = other
        else { return false }
        return !tracks.isDisjoint(with: theirs)
    }

    /// Whether `newer` says all that this says anew.
    fileprivate func isReplaced(by newer: Self) -> Bool {
        guard case .track(let typeID, let tracks, let packetType, let codec) = self,
            case .track(typeID, let theirs, packetType, codec) = newer
        else { return false }
        return tracks.isSubset(of: theirs)
    }

    /// Whether this goes with the configuration in `slot`, of one of these codecs.
    fileprivate func belongs(to slot: Self, of codecs: [UInt32?]) -> Bool {
        guard case .track(let typeID, let tracks, let packetType, let codec) = self,
            case .track(typeID, let theirs, let configuration, _) = slot
        else { return false }
        return packetType != configuration && tracks.isSubset(of: theirs) && (codec == nil || codecs.contains(codec))
    }
}
