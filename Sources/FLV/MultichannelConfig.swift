// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Which speakers the channels of an audio track belong to (E-RTMP v2, Multichannel Configuration).
public struct MultichannelConfig: Sendable, Hashable {
    /// How the speakers are given.
    public enum Order: Sendable, Hashable {
        /// Not at all: only the count is known.
        case unspecified
        /// As a mask; the channels come in the order of its bits, front left being bit 0.
        case native(mask: UInt32)
        /// One number per channel: 0 front left, 1 front right, 2 front center, 3 LFE, …, 254 unused, 255 unknown.
        case custom([UInt8])
        /// An order of the future, with its bytes.
        case other(UInt8, [UInt8])
    }

    /// The number of channels.
    public var channelCount: UInt8
    /// Where they go.
    public var order: Order

    /// A configuration.
    public init(channelCount: UInt8, order: Order) {
        self.channelCount = channelCount
        self.order = order
    }

    /// Decodes the body of a track of type ``AudioMessage/PacketType/multichannelConfig``. Bytes behind it are ignored.
    ///
    /// - Throws: ``FLVError/Code/truncated``.
    public init(decoding body: Span<UInt8>) throws(FLVError) {
        guard let order = body.byte(at: 0), let count = body.byte(at: 1) else {
            throw FLVError(.truncated, at: body.count, in: "MultichannelConfig")
        }
        channelCount = count
        switch order {
        case 0: self.order = .unspecified
        case 1:
            guard let mask = body.uint32(at: 2) else { throw FLVError(.truncated, at: 2, in: "channel mask") }
            self.order = .native(mask: mask)
        case 2:
            let end = 2 + Int(count)
            guard body.count >= end else { throw FLVError(.truncated, at: body.count, in: "channel mapping") }
            self.order = .custom([UInt8](copying: body.extracting(2..<end)))
        default: self.order = .other(order, [UInt8](copying: body.extracting(2..<body.count)))
        }
    }

    /// Appends the configuration.
    ///
    /// - Throws: ``FLVError/Code/unrepresentable`` when there is not one custom number per channel.
    public func encode(into output: inout [UInt8]) throws(FLVError) {
        switch order {
        case .unspecified: output += [0, channelCount]
        case .native(let mask):
            output += [1, channelCount]
            output.appendUInt32(mask)
        case .custom(let channels):
            guard channels.count == Int(channelCount) else {
                throw FLVError(.unrepresentable, at: 0, in: "channel mapping")
            }
            output += [2, channelCount]
            output += channels
        case .other(let number, let bytes):
            output += [number, channelCount]
            output += bytes
        }
    }
}
