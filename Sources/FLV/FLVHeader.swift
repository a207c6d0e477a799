// SPDX-License-Identifier: Apache-2.0

/// The first bytes of an FLV file.
public struct FLVHeader: Sendable, Hashable {
    /// The version; 1 in every file there is.
    public var version: UInt8
    /// The flag byte as it is; ``hasAudio`` and ``hasVideo`` are two of its bits.
    public var flags: UInt8
    /// Bytes between the nine that everybody knows and the first PreviousTagSize; nearly always none.
    public var extra: [UInt8]

    /// A header.
    public init(version: UInt8 = 1, hasAudio: Bool, hasVideo: Bool, extra: [UInt8] = []) {
        self.version = version
        self.flags = (hasAudio ? 4 : 0) | (hasVideo ? 1 : 0)
        self.extra = extra
    }

    init(version: UInt8, flags: UInt8, extra: [UInt8]) {
        self.version = version
        self.flags = flags
        self.extra = extra
    }

    /// Whether the file says that it has audio. A hint: live sources say yes to both, and some old tools say no to both.
    public var hasAudio: Bool {
        get { flags & 4 != 0 }
        set { flags = newValue ? flags | 4 : flags & ~4 }
    }

    /// Whether the file says that it has video. A hint, as ``hasAudio`` is.
    public var hasVideo: Bool {
        get { flags & 1 != 0 }
        set { flags = newValue ? flags | 1 : flags & ~1 }
    }

    /// Bytes of a header without extra bytes.
    static let minimumSize = 9
}
