// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// Which Flash program a client claims to be, for servers that ask before they let it play.
///
/// The server asks with user control event 26, and the client answers with event 27: sizes, and a code over a hash of
/// the program under a key that the handshake gave. It proves no more than that the client has heard of the file.
///
/// ```swift
/// configuration.swfURL = "http://example.com/player.swf"
/// configuration.swf = try SWFVerification(file: player.span)
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

    /// The largest program that is worth reading, in bytes.
    public static let largestFile = 64 << 20

    /// The hash and size of a file as it lies on a disk, which must not be compressed (`FWS`): taking DEFLATE apart is not
    /// this library's job, and whoever has the hash need not have the file.
    ///
    /// - Throws: ``SWFFileError`` when it is compressed, or no such file.
    public init(file: Span<UInt8>) throws(SWFFileError) {
        guard file.count >= 8, file[1] == UInt8(ascii: "W"), file[2] == UInt8(ascii: "S") else { throw .notSWF }
        switch file[0] {
        case UInt8(ascii: "F"): self.init(decompressed: file)
        case UInt8(ascii: "C"), UInt8(ascii: "Z"): throw .compressed
        default: throw .notSWF
        }
    }

    /// The hash and size of a file that is not compressed: it begins with `FWS`.
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

/// Why a file cannot be used for ``SWFVerification``.
public enum SWFFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It does not begin as SWF files do.
    case notSWF
    /// It is compressed (`CWS`, `ZWS`); the hash is that of the decompressed file.
    case compressed

    /// A sentence without its subject, which is the file.
    public var description: String {
        switch self {
        case .notSWF: "is no SWF file"
        case .compressed: "is compressed; decompress it first, or give its hash and size"
        }
    }
}
