// SPDX-License-Identifier: Apache-2.0

/// When a recording is made to survive a power cut. A killed process costs at most the second since the last update in any
/// case; this is about what the system holds in memory for the disk.
public enum FileSync: Sendable, Hashable {
    /// Whenever the system writes it by itself: after some 30 s.
    case never
    /// When the file is complete.
    case close
    /// So often, and when the file is complete.
    case every(Duration)
}
