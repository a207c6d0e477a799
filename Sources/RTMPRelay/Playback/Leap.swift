// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// The way to a place inside of a file that is read from the front: by the index of its keyframes, once the configurations at
/// its front have been read. An index that is wrong is found out at the first tag, and not used again.
struct Leap: Sendable {
    /// Frames that are read before, so that the configurations of all tracks are.
    private static let frames = 64
    /// Nearer places are not worth it: that much is read at a time.
    private static let nearest = 256 << 10

    /// Bytes in the file, 0 when it cannot be sought in.
    var size = 0
    /// Whether the next tag is that of the index.
    private(set) var isLanding = false
    private var map = SeekMap()
    private var isPossible = true
    private var passed = 0
    private var kinds: Set<MediaPacket.Kind> = []
    private var point: SeekMap.Point?
    /// What was read when it left the front of the file.
    private var leftAt = 0

    /// Takes the index out of the file's metadata.
    mutating func take(_ payload: [UInt8]) {
        guard isPossible, size > 0, !map.isIndexed, let metadata = FLVMetadata(decoding: payload.span) else { return }
        map.take(indexOf: metadata, size: size)
    }

    /// A frame was left out.
    mutating func pass(_ kind: MediaPacket.Kind) {
        passed += 1
        kinds.insert(kind)
    }

    /// Where to go on, when it is time.
    ///
    /// - Parameters:
    ///   - time: What is wanted, in milliseconds from the first frame. The index counts from there or from 0.
    ///   - position: What is read.
    mutating func place(before time: Int64, behind position: Int) -> Int? {
        guard isPossible, map.isIndexed, kinds.count > 1 || passed >= Self.frames else { return nil }
        isPossible = false
        guard let entry = map.point(atOrBefore: time), map.points[entry].position > position + Self.nearest else {
            return nil
        }
        point = map.points[entry]
        isLanding = true
        leftAt = position
        return point?.position
    }

    /// Whether the first tag is the one that the index says.
    mutating func lands(on tag: FLVTag, isKeyframe: Bool, first: Int64) -> Bool {
        isLanding = false
        guard let point, isKeyframe || tag.kind == .audio && !kinds.contains(.video) else { return false }
        let distance = Int64(tag.timestamp) - point.time
        return min(distance.magnitude, (distance - first).magnitude) <= 1_000
    }

    /// Whether what was read up to there was given already, before an index turned out to be wrong.
    func wasGiven(upTo position: Int) -> Bool { position <= leftAt && point == nil }

    /// The file begins anew.
    mutating func begin() {
        leftAt = 0
        isPossible = !map.isIndexed || point != nil
        passed = 0
        kinds = []
    }

    /// The index is of no use.
    mutating func giveUp() {
        isLanding = false
        point = nil
        isPossible = false
    }
}
