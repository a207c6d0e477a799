// SPDX-License-Identifier: Apache-2.0

import AMF

/// What metadata say about tracks besides the default ones (E-RTMP v2, `videoTrackIdInfoMap` and
/// `audioTrackIdInfoMap`).
///
/// The default track of each medium is described by the properties themselves; other tracks may say only where they differ
/// from it.
extension FLVMetadata {
    private static let videoMap = "videoTrackIdInfoMap"
    private static let audioMap = "audioTrackIdInfoMap"

    /// The video tracks that are described besides the default one, in the order of the message.
    public var describedVideoTracks: [UInt8] { tracks(Self.videoMap) }

    /// The audio tracks that are described besides the default one, in the order of the message.
    public var describedAudioTracks: [UInt8] { tracks(Self.audioMap) }

    /// What is said about a video track besides the default one.
    public subscript(video track: UInt8) -> FLVMetadata? {
        get { self[Self.videoMap, track] }
        set { self[Self.videoMap, track] = newValue }
    }

    /// What is said about an audio track besides the default one. Its ``audioSampleRate`` has another name there.
    public subscript(audio track: UInt8) -> FLVMetadata? {
        get { self[Self.audioMap, track] }
        set { self[Self.audioMap, track] = newValue }
    }

    private func tracks(_ map: String) -> [UInt8] {
        properties[map]?.object?.properties.compactMap { UInt8($0.name.string) } ?? []
    }

    private subscript(map: String, track: UInt8) -> FLVMetadata? {
        get { properties[map]?["\(track)"]?.object.map { FLVMetadata($0) } }
        set {
            var object = properties[map]?.object ?? AMF0Object()
            object["\(track)"] = newValue.map { .object($0.properties) }
            properties[map] = object.properties.isEmpty ? nil : .object(object)
        }
    }
}
