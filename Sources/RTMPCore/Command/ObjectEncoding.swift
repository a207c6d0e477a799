// SPDX-License-Identifier: Apache-2.0

/// Which AMF a connection speaks: `objectEncoding` of connect and of its answer (RTMP §7.2.1.1).
///
/// A client asks, the server's answer decides, and connect itself is AMF0 always. Where AMF3 is agreed on, messages of
/// both kinds may come; our sessions read both always.
public enum ObjectEncoding: UInt8, Sendable, Hashable {
    /// Commands are messages of type 20, data of type 18, shared objects of type 19.
    case amf0 = 0
    /// Commands are messages of type 17, data of type 15, shared objects of type 16: a byte 0, then AMF0 values of which
    /// some are wrapped AMF3.
    case amf3 = 3

    /// What a property of connect means; absent and unknown ones mean AMF0.
    init(_ number: Double?) { self = number == 3 ? .amf3 : .amf0 }

    /// The type of a command message.
    var commandType: MessageTypeID { self == .amf3 ? .commandAMF3 : .command }

    /// The type of a data message.
    var dataType: MessageTypeID { self == .amf3 ? .dataAMF3 : .data }

    /// The type of a shared object message.
    var sharedObjectType: MessageTypeID { self == .amf3 ? .sharedObjectAMF3 : .sharedObject }
}
