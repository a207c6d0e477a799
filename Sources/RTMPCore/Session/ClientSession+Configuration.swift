// SPDX-License-Identifier: Apache-2.0

public import AMF

/// What a client is made with.
extension ClientSession {
    /// What a client is going to do, which it says in connect already.
    public enum Purpose: Sendable, Hashable {
        /// Send a stream.
        case publish
        /// Receive a stream.
        case play
    }

    /// What a client says and puts up with.
    public struct Configuration: Sendable {
        /// What the client is going to do.
        public var purpose: Purpose
        /// The program that connect names (`flashVer`). Some servers ask credentials of those that name FMLE.
        public var flashVersion: String
        /// `pageUrl` of connect, left out when nil.
        public var pageURL: String?
        /// `swfUrl` of connect, left out when nil.
        public var swfURL: String?
        /// The SWF file that the client claims to be, for servers that ask. Nil lets requests be, which arrive as
        /// ``Event/unhandled(_:on:)``.
        public var swf: SWFVerification?
        /// `tcUrl` of connect, made from the URL when nil.
        public var tcURL: String?
        /// Values behind the properties of connect, for servers that want such.
        public var connectArguments: [AMF0Value] = []
        /// The chunk size of everything that is sent once connect is answered, 1 to 0x7FFFFFFF. For publishing only.
        public var chunkSize = 60_000
        /// How often the server is sent acknowledgements until it names its own window, in bytes.
        public var windowAcknowledgementSize: UInt32 = 2_500_000
        /// The buffer that a player says it has.
        public var bufferMilliseconds: UInt32 = 3_000
        /// Whether to ask for the live stream only and to send FCSubscribe, which some networks demand.
        public var isLive = false
        /// The name that FCSubscribe says: nil is that of the stream, when only the live stream will do, and otherwise none.
        public var subscription: String?
        /// What connect announces of Enhanced RTMP.
        public var capabilities: EnhancedCapabilities
        /// What connect asks to speak: with AMF3, commands are sent in it when the server agrees. Both are understood in
        /// any case.
        public var objectEncoding = ObjectEncoding.amf0
        /// Whether calls of procedures that the session does not know are answered with an error. Otherwise they are the
        /// owner's to answer, by ``ClientSession/answer(_:with:isError:)``.
        public var answersUnknownCalls = true
        /// What the server may make us do.
        public var limits: Limits

        /// The defaults for a purpose. The server was chosen by us, so it may send as much as it likes.
        public init(purpose: Purpose) {
            self.purpose = purpose
            flashVersion = purpose == .publish ? "FMLE/3.0 (compatible; FMSc/1.0)" : "LNX 9,0,124,2"
            capabilities = purpose == .publish ? EnhancedCapabilities() : .takesEverything
            limits = Limits()
        }
    }
}
