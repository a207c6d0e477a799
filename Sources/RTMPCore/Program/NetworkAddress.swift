// SPDX-License-Identifier: Apache-2.0

/// Whom to connect to: a name or a literal address, a port, and whether the way is encrypted.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// A DNS name, an IPv4 literal, or an IPv6 literal without brackets.
    public var host: String
    /// A TCP port, 1 to 65,535.
    public var port: UInt16
    /// Whether TLS runs between TCP and RTMP.
    public var isSecure: Bool

    /// An address.
    public init(host: String, port: UInt16, isSecure: Bool = false) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
    }

    /// `host:port`, an IPv6 literal in brackets.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Where to listen: a port on one address or on all.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A literal address or a name; nil is every IPv4 and IPv6 address of the machine.
    public var host: String?
    /// A TCP port; 0 takes a free one.
    public var port: UInt16

    /// A port on `host`, or on every address when that is nil.
    public init(host: String?, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// `host:port`, or `:port` for every address.
    public var description: String {
        guard let host else { return ":\(port)" }
        return NetworkAddress(host: host, port: port).description
    }
}

/// An address that a socket really has: a literal and a port.
public struct SocketEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 or IPv6 literal, without brackets.
    public var address: String
    /// The TCP port.
    public var port: UInt16

    /// An endpoint.
    public init(address: String, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Whether only this machine can reach the endpoint.
    public var isLoopback: Bool {
        address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
    }

    /// `address:port`, an IPv6 literal in brackets.
    public var description: String { NetworkAddress(host: address, port: port).description }
}
