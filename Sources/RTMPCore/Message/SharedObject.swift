// SPDX-License-Identifier: Apache-2.0

public import AMF

/// What a shared object message says: changes of a small set of named values that a server keeps for its clients
/// (RTMP §7.1.3).
///
/// Nothing of ours keeps shared objects; this is for those who meet them.
public struct SharedObject: Sendable, Hashable {
    /// One thing that happens to the object.
    public enum Event: Sendable, Hashable {
        /// The client wants to hear of changes.
        case use
        /// The client does not any more.
        case release
        /// The client wants to set a value.
        case requestChange(name: AMFString, AMF0Value)
        /// A value was set by somebody.
        case change(name: AMFString, AMF0Value)
        /// The value that this client wanted to set was set.
        case success(name: AMFString)
        /// A call for all who use the object: a name and arguments.
        case sendMessage([AMF0Value])
        /// The answer to something that went wrong.
        case status(code: AMFString, level: AMFString)
        /// All values are gone.
        case clear
        /// A value is gone.
        case remove(name: AMFString)
        /// The client wants to remove a value.
        case requestRemove(name: AMFString)
        /// The client hears of changes from now on.
        case useSuccess
        /// An event without a name here, and its data.
        case other(UInt8, [UInt8])
    }

    /// Which object.
    public var name: AMFString
    /// The state that the sender knows, counted by the server.
    public var version: UInt32
    /// 2 for an object that outlives its users, else 0.
    public var flags: UInt32
    /// What happens, in order.
    public var events: [Event]

    /// A message about the object `name`.
    public init(name: AMFString, version: UInt32 = 0, flags: UInt32 = 0, events: [Event]) {
        self.name = name
        self.version = version
        self.flags = flags
        self.events = events
    }
}
