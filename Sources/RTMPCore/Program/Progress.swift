// SPDX-License-Identifier: Apache-2.0

/// How a transfer goes.
public struct Progress: Sendable, Hashable {
    /// Something that is missing in what was transferred.
    public struct Gap: Sendable, Hashable {
        /// Where it is, in milliseconds from the start.
        public var milliseconds: Int64
        /// How much media is missing, in milliseconds, as far as the clock tells; nil when nobody knows.
        public var length: Int64?
        /// How many messages came and were not written; nil when they did not come.
        public var messages: Int64?
        /// Why, in a few words.
        public var why: String

        /// A gap.
        public init(at milliseconds: Int64, length: Int64?, messages: Int64? = nil, why: String) {
            self.milliseconds = milliseconds
            self.length = length
            self.messages = messages
            self.why = why
        }
    }

    /// Media time that was transferred, in milliseconds.
    public var mediaMilliseconds: Int64 = 0
    /// Bytes of media that were transferred.
    public var bytes: Int64 = 0
    /// Tags in the files that were written; 0 where none are.
    public var tags: Int64 = 0
    /// Video frames that were transferred.
    public var videoFrames: Int64 = 0
    /// Those of them with which decoding can start.
    public var keyframes: Int64 = 0
    /// Codec of the pictures, with profile and level where they are known.
    public var videoCodec: String?
    /// Codec of the sound.
    public var audioCodec: String?
    /// What is missing.
    public var gaps: [Gap] = []
    /// Files that are complete.
    public var files: [String] = []
    /// Messages that were skipped because a peer was too slow or a connection was down.
    public var skipped: Int64 = 0
    /// How far a live sender is behind its clock, in milliseconds.
    public var lagMilliseconds: Int64 = 0
    /// What is going on, in a few words: "recording", "waiting for the stream", at the end "the stream ended".
    public var state: String = ""

    /// Nothing transferred yet.
    public init() {}
}
