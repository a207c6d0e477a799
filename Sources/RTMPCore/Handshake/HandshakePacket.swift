// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// The 1,536 bytes of C1, S1, C2 and S2 (RTMP §5.2.3, §5.2.4).
enum HandshakePacket {
    /// Bytes of each packet.
    static let size = 1_536
    /// Bytes of a C2 or S2 in front of its signature.
    static let signedSize = size - SHA256.size

    /// A version such as Flash Player sends it; anything but zero says that there is a digest.
    static let clientVersion: UInt32 = 0x8000_0702
    /// A version such as FMS sends it. ffmpeg's player demands a digest when the first byte is 3 or more.
    static let serverVersion: UInt32 = 0x0405_0001

    /// A C1 or S1 of random filler: time 0 and, for one without a digest, version 0.
    static func hello(version: UInt32, random: inout SplitMix64) -> [UInt8] {
        var packet: [UInt8] = []
        packet.reserveCapacity(size)
        packet.appendUInt32(0)
        packet.appendUInt32(version)
        fill(&packet, to: size, random: &random)
        return packet
    }

    /// A C2 or S2 that answers `digest`.
    static func signed(
        answering digest: HandshakeDigest, keys: HandshakeDigest.Keys, random: inout SplitMix64
    ) -> [UInt8] {
        var packet: [UInt8] = []
        packet.reserveCapacity(size)
        fill(&packet, to: signedSize, random: &random)
        return packet + digest.signature(of: packet, keys: keys)
    }

    /// Whether the version field of a C1 or S1 says that there can be a digest.
    static func hasVersion(_ packet: [UInt8]) -> Bool { packet[4..<8].contains { $0 != 0 } }

    private static func fill(_ packet: inout [UInt8], to size: Int, random: inout SplitMix64) {
        while packet.count + 8 <= size { packet.appendUInt64(random.next()) }
    }
}
