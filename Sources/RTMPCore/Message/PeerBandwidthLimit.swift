// SPDX-License-Identifier: Apache-2.0

/// How the window of a Set Peer Bandwidth is meant (RTMP §5.4.5). Open, although nobody sends others.
public struct PeerBandwidthLimit: RawRepresentable, Sendable, Hashable {
    /// The number on the wire.
    public var rawValue: UInt8

    /// The limit with this number.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Use this window.
    public static let hard = Self(rawValue: 0)
    /// Use the smaller of this window and the one in use.
    public static let soft = Self(rawValue: 1)
    /// Like hard if the limit before was hard, else nothing.
    public static let dynamic = Self(rawValue: 2)
}
