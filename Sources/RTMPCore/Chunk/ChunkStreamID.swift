// SPDX-License-Identifier: Apache-2.0

/// Which of the interleaved lanes of a connection a chunk travels on (RTMP §5.3.1.1).
///
/// The wire has room for 2…65,599; ``ChunkWriter`` refuses others. Some servers accept only those below 32 or 64,
/// so write small ones.
public struct ChunkStreamID: RawRepresentable, Sendable, Hashable {
    /// The number.
    public var rawValue: UInt32

    /// The chunk stream with this number; see ``isValid``.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Protocol control and user control.
    public static let control = Self(rawValue: 2)
    /// Commands of the connection.
    public static let command = Self(rawValue: 3)
    /// Status and data of a stream.
    public static let data = Self(rawValue: 5)
    /// Audio.
    public static let audio = Self(rawValue: 6)
    /// Video.
    public static let video = Self(rawValue: 7)

    /// The smallest and the largest number that a basic header can hold.
    public static let validRange: ClosedRange<UInt32> = 2...65_599

    /// Whether a basic header can hold this number.
    public var isValid: Bool { Self.validRange.contains(rawValue) }
}

extension ChunkStreamID: CustomStringConvertible {
    /// Such as "chunk stream 4".
    public var description: String { "chunk stream \(rawValue)" }
}
