// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// Which Flash program a client claims to be, for servers that ask before they let it play.
///
/// The server asks with user control event 26, and the client answers with event 27: sizes, and a code over a hash of
/// the program under a key that the handshake gave. It proves no more than that the client has heard of the file.
///
/// ```swift
/// configuration.swfURL = "http://example.com/player.swf"
/// configuration.swf = SWFVerification(decompressed: player.span)
/// ```
public struct SWFVerification: Sendable, Hashable {
    /// The hash: 32 bytes, HMAC-SHA256 of the decompressed file under the key "Genuine Adobe Flash Player 001".
    public let hash: [UInt8]
    /// Bytes of the decompressed file.
    public let size: UInt32

    /// A hash and size that were computed before, as rtmpdump's `--swfhash` and `--swfsize`.
    ///
    /// - Returns: nil unless the hash has 32 bytes.
    public init?(hash: [UInt8], size: UInt32) {
        guard hash.count == SHA256.size else { return nil }
        self.hash = hash
        self.size = size
    }

    /// The hash and size of a file. One that begins with `CWS` is compressed and has to be decompressed before, and then
    /// begins with `FWS`.
    public init(decompressed file: Span<UInt8>) {
        let bytes = [UInt8](copying: file)
        hash = HMAC.code(key: HandshakeDigest.Keys.client.digestKey, bytes[...])
        size = UInt32(clamping: file.count)
    }

    /// The 42 bytes of the answer.
    func response(key: [UInt8]) -> [UInt8] {
        var response: [UInt8] = [1, 1]
        response.appendUInt32(size)
        response.appendUInt32(size)
        return response + HMAC.code(key: key, hash[...])
    }
}
