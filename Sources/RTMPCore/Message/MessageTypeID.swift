// SPDX-License-Identifier: Apache-2.0

/// What a message is, by its number on the wire (RTMP §5.4, §7.1). Open: a number without a name here is not an error.
public struct MessageTypeID: RawRepresentable, Sendable, Hashable {
    /// The number on the wire.
    public var rawValue: UInt8

    /// The type with this number.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Set Chunk Size.
    public static let setChunkSize = Self(rawValue: 1)
    /// Abort Message.
    public static let abort = Self(rawValue: 2)
    /// Acknowledgement.
    public static let acknowledgement = Self(rawValue: 3)
    /// User Control.
    public static let userControl = Self(rawValue: 4)
    /// Window Acknowledgement Size.
    public static let windowAcknowledgementSize = Self(rawValue: 5)
    /// Set Peer Bandwidth.
    public static let setPeerBandwidth = Self(rawValue: 6)
    /// Audio: the body of an FLV audio tag.
    public static let audio = Self(rawValue: 8)
    /// Video: the body of an FLV video tag.
    public static let video = Self(rawValue: 9)
    /// Data such as metadata, with a format byte in front of the values.
    public static let dataAMF3 = Self(rawValue: 15)
    /// Shared object, with a format byte in front.
    public static let sharedObjectAMF3 = Self(rawValue: 16)
    /// Command, with a format byte in front of the values.
    public static let commandAMF3 = Self(rawValue: 17)
    /// Data such as metadata, as AMF0 values.
    public static let data = Self(rawValue: 18)
    /// Shared object.
    public static let sharedObject = Self(rawValue: 19)
    /// Command, as AMF0 values.
    public static let command = Self(rawValue: 20)
    /// Several audio, video and data messages in one.
    public static let aggregate = Self(rawValue: 22)
}

extension MessageTypeID: CustomStringConvertible {
    /// Such as "message type 9".
    public var description: String { "message type \(rawValue)" }
}
