// SPDX-License-Identifier: Apache-2.0

/// How a multitrack message lays out its tracks (E-RTMP v2, Multitrack).
public enum MultitrackLayout: UInt8, Sendable, Hashable {
    /// One track, whose body fills the message. What ffmpeg and OBS send.
    case oneTrack = 0
    /// Several tracks of one codec, each with its size.
    case manyTracks = 1
    /// Several tracks, each with its codec and size.
    case manyTracksManyCodecs = 2
}

/// The shape in which an audio or video message is written.
public enum MessageForm: Sendable, Hashable {
    /// Codec numbers of the original FLV format, one track.
    case legacy
    /// FourCC and packet type, one track without an ID (E-RTMP v1).
    case enhanced
    /// Tracks with IDs (E-RTMP v2, Multitrack).
    case multitrack(MultitrackLayout)
}
