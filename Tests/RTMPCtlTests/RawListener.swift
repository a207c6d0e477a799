// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A port of this machine that no RTMP server is behind.
final class RawListener {
    /// What happens to whoever connects.
    enum Behaviour {
        /// The port is taken, but nobody listens: connections are refused.
        case refuses
        /// Connections are accepted by the system, and nobody ever reads or writes.
        case isSilent
        /// The first connection is sent these bytes and closed.
        case says(String)
    }

    let port: UInt16
    private let descriptor: Int32

    init(_ behaviour: Behaviour) throws {
        #if canImport(Darwin)
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #else
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        port = UInt16(bigEndian: address.sin_port)
        if case .refuses = behaviour { return }
        guard listen(descriptor, 8) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        if case .says(let text) = behaviour {
            Thread.detachNewThread {
                let connection = accept(descriptor, nil, nil)
                _ = text.utf8.withContiguousStorageIfAvailable { send(connection, $0.baseAddress, $0.count, 0) }
                // The other side's bytes are taken first: closing with unread bytes would be a reset.
                var buffer = [UInt8](repeating: 0, count: 4096)
                shutdown(connection, Int32(SHUT_WR))
                while recv(connection, &buffer, buffer.count, 0) > 0 {}
                close(connection)
            }
        }
    }

    deinit { close(descriptor) }
}
