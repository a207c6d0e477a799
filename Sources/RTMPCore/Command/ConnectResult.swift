// SPDX-License-Identifier: Apache-2.0

public import AMF

/// What a server says about itself when it accepts a connection (RTMP §7.2.1.1).
public struct ConnectResult: Sendable, Hashable {
    /// The server's program (`fmsVer`). Empty when absent.
    public var serverVersion: String
    /// The status with everything that the information object holds besides.
    public var status: Status
    /// The AMF that the server is going to speak.
    public var objectEncoding: ObjectEncoding
    /// What the server announces of Enhanced RTMP, in either object.
    public var capabilities: EnhancedCapabilities
    /// The first object of the answer, as sent.
    public var properties: AMF0Object

    /// Reads the `_result` of a connect.
    public init(_ command: Command) {
        properties = command.object.object ?? AMF0Object()
        status = command.status ?? Status(.connectSuccess, "")
        serverVersion = properties["fmsVer"]?.string ?? ""
        objectEncoding = ObjectEncoding((status.details["objectEncoding"] ?? properties["objectEncoding"])?.number)
        capabilities = EnhancedCapabilities(reading: status.details)
            .merged(over: EnhancedCapabilities(reading: properties))
    }
}
