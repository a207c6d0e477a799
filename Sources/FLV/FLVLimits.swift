// SPDX-License-Identifier: Apache-2.0

/// How much an ``FLVReader`` takes from a file it does not trust.
public struct FLVLimits: Sendable, Hashable {
    /// The largest tag body, in bytes. By default what 24 bits can say; memory grows with arriving bytes only, never with
    /// an announced size.
    public var tagSize: Int
    /// The largest file header, in bytes. Real ones have 9.
    public var headerSize: Int

    /// The default limits, or others.
    public init(tagSize: Int = 0xFF_FFFF, headerSize: Int = 1 << 20) {
        self.tagSize = tagSize
        self.headerSize = headerSize
    }
}
