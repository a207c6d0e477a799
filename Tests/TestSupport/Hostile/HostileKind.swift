// SPDX-License-Identifier: Apache-2.0

/// What a hostile peer does.
public enum HostileKind: String, Sendable, CaseIterable {
    // Strangers
    case silence, byteByByte, halfHandshake, garbage, http, tls, rtmpe, connectStorm, resetStorm, echo
    // Behind the handshake
    case garbageChunks, chunkStreams, chunkSizeZero, chunkSizeHuge, unfinished, deepValues, wideValues, giantCounts
    case createStreams, longNames, unreadAnswers, smallWindow, unknownMessages
    // Behind publish or play
    case halfOpenPublisher, manyTracks, manyNames, chunkStreamsLater, bigUnfinished, timestamps, aggregates, keyframes
    case deafPlayer, pauses, replays, manyPlays, thief, unfinishedPublishers

    /// Whether the relay has to close every such connection within a short time.
    public var mustBeRefused: Bool {
        switch self {
        case .garbage, .http, .tls, .rtmpe, .garbageChunks, .chunkStreams, .chunkSizeZero, .wideValues,
            .createStreams, .longNames, .unfinished, .chunkStreamsLater, .thief:
            true
        default: false
        }
    }

    /// Whether it takes nothing of what it is sent.
    var isDeaf: Bool {
        switch self {
        case .unreadAnswers, .smallWindow, .halfOpenPublisher, .deafPlayer: true
        default: false
        }
    }
}
