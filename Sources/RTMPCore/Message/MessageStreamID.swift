// SPDX-License-Identifier: Apache-2.0

/// Which of the streams of a connection a message belongs to (RTMP §5.3.1.2.1). Little-endian on the wire, a plain
/// number here.
public struct MessageStreamID: RawRepresentable, Sendable, Hashable {
    /// The number.
    public var rawValue: UInt32

    /// The stream with this number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Stream 0, the connection itself: protocol control, `connect`, `createStream`.
    public static let netConnection = Self(rawValue: 0)
}

extension MessageStreamID: CustomStringConvertible {
    /// Such as "message stream 1".
    public var description: String { "message stream \(rawValue)" }
}
