// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What a stream's frames need in front of them: the newest metadata, and per track the newest configuration, channel layout
/// and color information. Every file of a series begins with it.
struct RecordingPrologue: Sendable {
    /// Sixteen tracks of each medium, with three messages each.
    private static let limit = 96

    /// What a later message replaces.
    private struct Slot: Hashable {
        var kind: FLVTag.Kind
        var trackID: UInt8
        var isMultitrack: Bool
        var packetType: UInt8
    }

    private struct Message: Sendable {
        var slot: Slot
        var role: MediaClass.Role
        var payload: [UInt8]
    }

    /// The newest `onMetaData`.
    var metadata: FLVMetadata?
    private var messages: [Message] = []

    /// Configurations in the order in which they changed.
    var configurations: [(kind: FLVTag.Kind, payload: [UInt8])] { messages.map { ($0.slot.kind, $0.payload) } }

    /// Keeps what frames behind it need.
    mutating func note(_ kind: FLVTag.Kind, _ media: MediaClass, _ payload: Span<UInt8>) {
        guard media.role == .sequenceHeader || media.role == .metadata else { return }
        let slot = Slot(
            kind: kind, trackID: media.trackID, isMultitrack: media.isMultitrack, packetType: media.packetType)
        let old = messages.firstIndex { $0.slot == slot }
        if let old {
            messages.remove(at: old)
            // Colors and channels of the old configuration say nothing about the new one.
            if media.role == .sequenceHeader {
                messages.removeAll {
                    $0.slot.kind == kind && $0.slot.trackID == media.trackID && $0.role == .metadata
                }
            }
        }
        guard messages.count < Self.limit else { return }
        messages.append(Message(slot: slot, role: media.role, payload: [UInt8](copying: payload)))
    }

    /// The configuration of the default track.
    func configuration(of kind: FLVTag.Kind) -> [UInt8]? {
        messages.last { $0.slot.kind == kind && $0.slot.trackID == 0 && $0.role == .sequenceHeader }?.payload
    }
}
