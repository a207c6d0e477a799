// SPDX-License-Identifier: Apache-2.0

import RTMPCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IPv4 or IPv6 address with a port, in the form that the system wants.
struct SocketAddress: Sendable {
    /// Before the four bytes of an IPv4 address in IPv6 clothes.
    private static let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    private var storage = sockaddr_storage()
    private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    /// Room for the system to fill.
    init() {}

    /// A copy of what the system gave us.
    init(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) {
        self.length = min(length, socklen_t(MemoryLayout<sockaddr_storage>.size))
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(self.length)))
        }
    }

    /// The address of a literal, nil when `host` is a name.
    init?(literal host: String, port: UInt16) {
        guard case .success(let addresses) = System.resolve(host, port: port, isNumeric: true),
            let first = addresses.first
        else { return nil }
        self = first
    }

    /// The family for `socket`.
    var family: Int32 { Int32(storage.ss_family) }
    var isIPv6: Bool { family == AF_INET6 }
    var isInternet: Bool { isIPv6 || family == AF_INET }

    /// The port in host order. Both families keep it in bytes 2 and 3.
    var port: UInt16 {
        get { withUnsafeBytes(of: storage) { UInt16($0[2]) << 8 | UInt16($0[3]) } }
        set {
            withUnsafeMutableBytes(of: &storage) { bytes in
                bytes[2] = UInt8(truncatingIfNeeded: newValue >> 8)
                bytes[3] = UInt8(truncatingIfNeeded: newValue)
            }
        }
    }

    /// The address for a person; an IPv4 address in IPv6 clothes is shown as IPv4.
    var endpoint: SocketEndpoint {
        SocketEndpoint(address: literal, port: port)
    }

    /// Whom to count it for.
    var origin: Admission.Origin {
        let bytes = withUnsafeBytes(of: storage) { Array($0[(isIPv6 ? 8 : 4)..<(isIPv6 ? 24 : 8)]) }
        let isMapped = isIPv6 && bytes.starts(with: Self.mappedPrefix)
        let part = isMapped ? bytes[12...] : bytes.prefix(8)
        return Admission.Origin(network: part.reduce(0) { $0 << 8 | UInt64($1) }, isIPv6: isIPv6 && !isMapped)
    }

    func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    mutating func fill(_ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) -> Int32 {
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
    }

    private var literal: String {
        // sockaddr_in keeps the address in bytes 4..<8, sockaddr_in6 in bytes 8..<24.
        var bytes = withUnsafeBytes(of: storage) { Array($0[(isIPv6 ? 8 : 4)..<(isIPv6 ? 24 : 8)]) }
        var family = family
        if isIPv6, bytes.starts(with: Self.mappedPrefix) {
            bytes.removeFirst(12)
            family = AF_INET
        }
        var text = [CChar](repeating: 0, count: 64)
        guard inet_ntop(family, &bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
