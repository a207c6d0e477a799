// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

extension FLVTag.Kind {
    /// The kind of the tag that a message becomes: the numbers are the same (FLV 10.1 E.4.1, RTMP §7.1).
    init(_ typeID: MessageTypeID) { self.init(rawValue: typeID.rawValue) }
}
