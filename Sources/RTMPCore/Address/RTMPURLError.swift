// SPDX-License-Identifier: Apache-2.0

/// Why a text is not a URL that RTMP can be spoken to. The descriptions are sentences for a person and quote nothing
/// that may be secret.
public enum RTMPURLError: Error, Sendable, Hashable {
    /// There is no `scheme://` in front.
    case missingScheme
    /// The scheme is not `rtmp` or `rtmps`.
    case unsupportedScheme(String)
    /// Nothing stands between `//` and the next slash.
    case missingHost
    /// An IPv6 literal is not closed, not in brackets, or followed by something other than a port.
    case invalidHost
    /// What follows the colon is not a number from 1 to 65,535.
    case invalidPort(String)
    /// No application is named.
    case missingApp
    /// The byte at this offset is a space or a control character.
    case invalidCharacter(offset: Int)
    /// A server reached by TLS wants its client to go on without.
    case insecureRedirect
    /// The text has this many bytes, more than ``RTMPURL/maximumLength``.
    case tooLong(Int)
}

extension RTMPURLError: CustomStringConvertible {
    /// What is wrong, where, and what to write instead.
    public var description: String {
        switch self {
        case .missingScheme:
            "the URL has no scheme; write it as rtmp://host/app/name"
        case .unsupportedScheme(let scheme):
            "the scheme \(scheme):// is not supported; use rtmp:// or rtmps://"
        case .missingHost:
            "the URL names no host; write it as rtmp://host/app/name"
        case .invalidHost:
            "the host of the URL is not readable; an IPv6 address stands in brackets: rtmp://[::1]:1935/app/name"
        case .invalidPort(let port):
            "the port \(port.isEmpty ? "(empty)" : port) is not a number from 1 to 65535"
        case .missingApp:
            "the URL names no application; write it as rtmp://host/app/name"
        case .invalidCharacter(let offset):
            "the URL has a space or control character at byte \(offset); write %20 for a space, or remove it"
        case .insecureRedirect:
            "the redirect leads from rtmps:// to rtmp://; only targets with TLS are followed from there"
        case .tooLong(let count):
            "the URL has \(count) bytes; at most \(RTMPURL.maximumLength) are allowed"
        }
    }
}
