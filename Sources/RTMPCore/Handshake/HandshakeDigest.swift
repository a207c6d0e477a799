// SPDX-License-Identifier: Apache-2.0

/// The digests with which Flash products recognise each other in the handshake. They prove nothing: the keys are
/// printed in every implementation.
///
/// C1 and S1 hold a digest over their other bytes, at a place that four of those bytes give. C2 and S2 end with a
/// signature under a key that follows from the digest they answer.
struct HandshakeDigest: Sendable, Hashable {
    /// Where in a packet the block with the digest lies; the other block is for a key that only RTMPE has.
    enum Base: Int, Sendable, CaseIterable {
        case second = 772
        case first = 8
    }

    /// The keys of one role.
    struct Keys: Sendable {
        /// Under which C1 or S1 has its digest.
        let digestKey: [UInt8]
        /// From which the key of the signature in C2 or S2 follows.
        let signatureKey: [UInt8]

        private init(_ name: String) {
            digestKey = Array(name.utf8)
            signatureKey = digestKey + Self.tail
        }

        static let client = Self("Genuine Adobe Flash Player 001")
        static let server = Self("Genuine Adobe Flash Media Server 001")

        private static let tail: [UInt8] = [
            0xF0, 0xEE, 0xC2, 0x4A, 0x80, 0x68, 0xBE, 0xE8, 0x2E, 0x00, 0xD0, 0xD1, 0x02, 0x9E, 0x7E, 0x57,
            0x6E, 0xEC, 0x5D, 0x2D, 0x29, 0x80, 0x6F, 0xAB, 0x93, 0xB8, 0xE6, 0x36, 0xCF, 0xEB, 0x31, 0xAE,
        ]
    }

    /// Bytes of a block, less the digest and the four bytes that give its place.
    private static let places = 764 - SHA256.size - 4

    var base: Base
    /// The 32 bytes.
    var bytes: [UInt8]

    /// The digest in `packet`, a C1 or S1; nil when there is none.
    init?(in packet: [UInt8], keys: Keys) {
        guard packet.count == HandshakePacket.size else { return nil }
        for base in Base.allCases {
            let position = Self.position(in: packet, base: base)
            let digest = Self.compute(packet, at: position, keys: keys)
            guard digest[...] == packet[position..<(position + SHA256.size)] else { continue }
            self.base = base
            bytes = digest
            return
        }
        return nil
    }

    /// Writes the digest into `packet`, a C1 or S1 that is complete otherwise.
    init(writingTo packet: inout [UInt8], base: Base, keys: Keys) {
        let position = Self.position(in: packet, base: base)
        self.base = base
        bytes = Self.compute(packet, at: position, keys: keys)
        packet.replaceSubrange(position..<(position + SHA256.size), with: bytes)
    }

    /// The signature over `body`, the 1,504 bytes in front of it in a C2 or S2 that answers this digest.
    func signature(of body: [UInt8], keys: Keys) -> [UInt8] {
        HMAC.code(key: HMAC.code(key: keys.signatureKey, bytes[...]), body[...])
    }

    /// Where the digest of `packet` starts: at most 1,504, whatever the packet holds.
    static func position(in packet: [UInt8], base: Base) -> Int {
        let field = packet[base.rawValue..<(base.rawValue + 4)]
        return base.rawValue + 4 + field.reduce(0) { $0 + Int($1) } % places
    }

    private static func compute(_ packet: [UInt8], at position: Int, keys: Keys) -> [UInt8] {
        HMAC.code(key: keys.digestKey, packet[..<position], packet[(position + SHA256.size)...])
    }
}
