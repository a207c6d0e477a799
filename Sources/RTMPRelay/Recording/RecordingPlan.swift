// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// What a recording is written to: one file, or one after another, how they are called, and what is done with them.
public struct RecordingPlan: Sendable, Hashable {
    /// Where files go.
    public enum Place: Sendable, Hashable {
        /// One file, or standard output when the path is `-`. What is in its way is looked for before.
        case file(FileRequest)
        /// Files in a directory, called by a template. They have `.part` behind their names until they are complete.
        case directory(String, NameTemplate)
    }

    /// When a file ends and the next one begins: with the first keyframe after that much.
    public enum Segment: Sendable, Hashable {
        /// So much media.
        case duration(Duration)
        /// So many bytes.
        case size(Int64)
    }

    /// Where files go.
    public var place: Place
    /// When the next file begins; nil is never.
    public var segment: Segment?
    /// Whether files that exist may be replaced.
    public var isReplacing = false
    /// What a power cut may cost.
    public var sync: FileSync = .never
    /// Which complete files are removed.
    public var retention = Retention()
    /// A command line for the shell, run for every complete file with its facts as JSON on standard input.
    public var hook: String?

    /// Whether it is written to standard output, behind which somebody may be watching.
    var isPipe: Bool { if case .file(.create("-", _, _)) = place { true } else { false } }

    /// A recording to that place.
    public init(_ place: Place) {
        self.place = place
    }
}
