// SPDX-License-Identifier: Apache-2.0

/// What a decoder puts up with from a peer. A value past a limit is an error; nothing is allocated for it.
public struct AMFLimits: Sendable, Hashable {
    /// The most levels of objects and arrays that any ``AMFLimits`` allows, and that an encoder writes. It bounds the
    /// stack that decoding, encoding, comparing and freeing a value take.
    public static let maximumDepth = 64

    /// How many objects and arrays may lie inside each other; 0 allows only simple values. More than ``maximumDepth``
    /// is used as ``maximumDepth``.
    public var depth: Int

    /// How many values one decoding may give in all, those inside objects and arrays and the member names of AMF3 classes
    /// included. The plain numbers of AMF3 vectors are not counted: they take as much memory as they took bytes.
    public var elements: Int

    /// Limits that no honest peer comes near.
    public init(depth: Int = AMFLimits.maximumDepth, elements: Int = 65_536) {
        self.depth = depth
        self.elements = elements
    }
}
