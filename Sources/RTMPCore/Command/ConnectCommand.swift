// SPDX-License-Identifier: Apache-2.0

public import AMF

/// What a client says about itself and about where it wants to go (RTMP §7.2.1.1).
public struct ConnectCommand: Sendable, Hashable {
    /// The application as sent: it may hold an instance, a query and stray slashes. ``StreamName`` sorts them out.
    public var app: String
    /// The URL up to the application, as the client's user typed it. Empty when absent.
    public var tcURL: String
    /// The client's program. Empty when absent.
    public var flashVersion: String
    /// `nonprivate` from publishers. Empty when absent.
    public var type: String
    /// Where the client claims its program came from. Empty when absent.
    public var swfURL: String
    /// Where the client claims its page came from. Empty when absent.
    public var pageURL: String
    /// The AMF that the client wants to speak.
    public var objectEncoding: ObjectEncoding
    /// Legacy audio formats that the client takes (`audioCodecs`); nil when it does not say.
    public var audioCodecs: LegacyAudioCodecs?
    /// Legacy video codecs that the client takes (`videoCodecs`); nil when it does not say.
    public var videoCodecs: LegacyVideoCodecs?
    /// What the client announces of Enhanced RTMP.
    public var capabilities: EnhancedCapabilities
    /// All properties as sent, those above included.
    public var properties: AMF0Object
    /// Whatever follows the properties.
    public var arguments: [AMF0Value]

    /// Reads a connect command. Properties that are missing or of a strange type read as empty.
    public init(_ command: Command) {
        let properties = command.object.object ?? AMF0Object()
        func text(_ name: String) -> String { properties[name]?.string ?? "" }
        app = text("app")
        // Some clients write tcurl, and some put the URL in quotes.
        tcURL = properties["tcUrl"]?.string ?? text("tcurl")
        if tcURL.count >= 2, tcURL.first == "'", tcURL.last == "'" { tcURL = String(tcURL.dropFirst().dropLast()) }
        flashVersion = text("flashVer")
        type = text("type")
        swfURL = text("swfUrl")
        pageURL = text("pageUrl")
        objectEncoding = ObjectEncoding(properties["objectEncoding"]?.number)
        audioCodecs = properties["audioCodecs"]?.number?.wholeUInt32.map(LegacyAudioCodecs.init)
        videoCodecs = properties["videoCodecs"]?.number?.wholeUInt32.map(LegacyVideoCodecs.init)
        capabilities = EnhancedCapabilities(reading: properties)
        self.properties = properties
        arguments = command.arguments
    }
}

extension ConnectCommand: CustomStringConvertible, CustomDebugStringConvertible {
    /// The app without its query, which is a secret, and the client's program.
    public var description: String { "connect \(app.withoutQuery) by \(flashVersion)" }

    /// The same as ``description``.
    public var debugDescription: String { description }
}
