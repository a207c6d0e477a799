// SPDX-License-Identifier: Apache-2.0

/// A point on a stream's own clock, in milliseconds modulo 2^32 (RTMP §4).
///
/// The clock begins anywhere, wraps after 49.7 days and may jump; it is not ordered as a number is, so ask
/// ``isBefore(_:)`` and ``interval(since:)``.
public struct RTMPTimestamp: Sendable, Hashable {
    /// The number on the wire, in milliseconds.
    public var milliseconds: UInt32

    /// The point at this number of milliseconds.
    public init(_ milliseconds: UInt32) { self.milliseconds = milliseconds }

    /// Where most streams begin, and what messages carry that have no time.
    public static let zero = Self(0)

    /// Whether this instant precedes `other`, across the 32-bit wrap after 49.7 days (RTMP §4).
    public func isBefore(_ other: Self) -> Bool { interval(since: other) < 0 }

    /// Milliseconds from `other` to this instant, the short way round: from -2^31 to 2^31 - 1.
    public func interval(since other: Self) -> Int32 { Int32(bitPattern: milliseconds &- other.milliseconds) }

    /// The instant so many milliseconds later, modulo 2^32.
    public func advanced(by milliseconds: UInt32) -> Self { Self(self.milliseconds &+ milliseconds) }
}

extension RTMPTimestamp: ExpressibleByIntegerLiteral {
    /// The point at this number of milliseconds.
    public init(integerLiteral value: UInt32) { self.init(value) }
}

extension RTMPTimestamp: CustomStringConvertible {
    /// Such as "1000 ms".
    public var description: String { "\(milliseconds) ms" }
}
