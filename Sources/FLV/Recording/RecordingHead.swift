// SPDX-License-Identifier: Apache-2.0

import AMF
import Bytes

/// The front of a recording: header, and a metadata tag with room for what is learnt while the file grows.
///
/// ```
/// 0    FLV header, tag header, "onMetaData", ECMA array: duration, filesize, …, spare    the block
/// 496  hasKeyframes                                                                      the gate, end of the block
/// 512  keyframes, padding, what else the publisher said, end of the array, PreviousTagSize
/// size the first tag with media
/// ```
///
/// The size never changes. The block is less than a disk's sector and less than a page of memory, so that it is written
/// whole or not at all, whenever the process is killed. The index is longer. Before it is touched, the gate is shut: the
/// array ends there, and everything behind it is the inside of one long string. Then the index is written, and the gate is
/// opened again. So every write leaves a valid file, and only one that is killed between two writes has no index.
///
/// The padding is made of short strings in an array and lies within the ECMA array, because ffmpeg gives up on strings of
/// 1,024 bytes and on long strings there.
struct RecordingHead: Sendable {
    static let blockSize = 512
    private static let gate = 496
    /// Where the string begins that everything behind a shut gate is.
    private static let insideGate = gate + 8
    private static let pieceSize = 1_000
    /// Of what a publisher says about its stream, so much is kept.
    private static let keptLimit = 65_536

    /// Where the first tag with media lies.
    let size: Int
    /// How many entries the index may have.
    let capacity: Int
    private let publisher: FLVMetadata
    /// Properties of the publisher, encoded, and how many there are.
    private let kept: [UInt8]
    private let keptCount: Int

    init(size: Int, publisher: FLVMetadata) {
        var pieces: [[UInt8]] = []
        var keptSize = 0
        var names = Self.ownNames
        // What is said twice is meant as it was said last.
        for property in publisher.properties.properties.reversed()
        where !property.value.containsReference && names.insert(property.name.string).inserted {
            var piece: [UInt8] = []
            guard Self.append(property, to: &piece), keptSize + piece.count <= Self.keptLimit else { continue }
            keptSize += piece.count
            pieces.append(piece)
        }
        kept = Array(pieces.reversed().joined())
        keptCount = pieces.count
        self.publisher = publisher
        self.size = max(min(size, 8 << 20), Self.blockSize + kept.count + 128)
        capacity = KeyframeIndex.capacity(in: self.size - 7 - 14 - Self.blockSize - kept.count)
    }

    /// The first ``blockSize`` bytes.
    ///
    /// - Parameter isFinal: whether nothing more comes, so that nothing more is promised.
    func block(
        _ facts: StreamFacts, _ totals: RecordingTotals, _ index: KeyframeIndex, isOpen: Bool, isFinal: Bool
    ) -> [UInt8] {
        let facts = RecordingFacts(facts, publisher, totals, index.entries.last, isFinal: isFinal)
        var count = facts.count + 1
        if isOpen { count += 2 + keptCount + (index.isUsable ? 1 : 0) }
        var block: [UInt8] = []
        block.reserveCapacity(Self.blockSize)
        var writer = FLVWriter()
        try? writer.write(FLVHeader(hasAudio: facts.hasAudio, hasVideo: facts.hasVideo), into: &block)
        block.append(FLVTag.Kind.scriptData.rawValue)
        block.appendUInt24(UInt32(truncatingIfNeeded: bodySize))
        block.append(contentsOf: [0, 0, 0, 0, 0, 0, 0])
        block.append(contentsOf: FLVMetadata.encodedName)
        block.append(8)
        block.appendUInt32(UInt32(truncatingIfNeeded: count))
        block.append(contentsOf: facts.bytes)
        block.appendPropertyName("spare")
        block.append(10)
        // Nulls: one byte each, and no player shows them.
        let room = max(0, Self.gate - block.count - 4)
        block.appendUInt32(UInt32(truncatingIfNeeded: room))
        block.append(contentsOf: repeatElement(5, count: room))
        if isOpen {
            block.appendPropertyName("hasKeyframes")
            block.append(contentsOf: [1, index.isUsable ? 1 : 0])
        } else {
            block.append(contentsOf: [0, 0, 9, 12])
            block.appendUInt32(UInt32(truncatingIfNeeded: size - 4 - Self.insideGate))
            block.append(contentsOf: repeatElement(0x20, count: Self.blockSize - Self.insideGate))
        }
        return block
    }

    /// What stands behind the block: index, padding, and all that is behind it. The padding's later pieces have fixed places,
    /// so when the index grows it is enough to write as far as they are: not the whole.
    func tail(_ index: KeyframeIndex, isWhole: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        let total = size - Self.blockSize
        bytes.reserveCapacity(isWhole ? total : index.encodedSize + 17)
        index.encode(into: &bytes)
        bytes.appendPropertyName("padding")
        bytes.append(10)
        let room = total - 7 - kept.count - bytes.count - 4
        let pieces = room / (Self.pieceSize + 3)
        let rest = room % (Self.pieceSize + 3)
        let nulls = rest < 3 ? rest : 0
        bytes.appendUInt32(UInt32(truncatingIfNeeded: pieces + nulls + (rest < 3 ? 0 : 1)))
        bytes.append(contentsOf: repeatElement(5, count: nulls))
        if rest >= 3 { Self.appendPiece(rest - 3, to: &bytes, isWhole: isWhole) }
        guard isWhole else { return bytes }
        for _ in 0..<pieces { Self.appendPiece(Self.pieceSize, to: &bytes, isWhole: true) }
        bytes.append(contentsOf: kept)
        bytes.append(contentsOf: [0, 0, 9])
        bytes.appendUInt32(UInt32(truncatingIfNeeded: bodySize + FLVTag.headerSize))
        return bytes
    }

    private static func appendPiece(_ count: Int, to bytes: inout [UInt8], isWhole: Bool) {
        bytes.append(2)
        bytes.appendUInt16(UInt16(truncatingIfNeeded: count))
        if isWhole { bytes.append(contentsOf: repeatElement(0x20, count: count)) }
    }

    /// DataSize of the tag.
    private var bodySize: Int { size - 4 - FLVHeader.minimumSize - 4 - FLVTag.headerSize }

    /// Names that we say ourselves, or that describe the publisher's file and are wrong in ours.
    private static let ownNames = RecordingFacts.names.union([
        "fileSize", "keyframes", "hasKeyframes", "hasMetadata", "hasCuePoints", "canSeekToEnd", "datasize", "videosize",
        "audiosize", "spare", "padding",
    ])

    private static func append(_ property: AMF0Object.Property, to output: inout [UInt8]) -> Bool {
        guard let length = UInt16(exactly: property.name.bytes.count), length > 0 else { return false }
        let start = output.count
        output.appendUInt16(length)
        output.append(contentsOf: property.name.bytes)
        do {
            try property.value.encode(into: &output)
            return true
        } catch {
            output.removeSubrange(start...)
            return false
        }
    }
}

extension AMF0Value {
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
