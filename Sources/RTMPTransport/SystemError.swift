// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A failed system call: its `errno`.
struct SystemError: Error, Hashable, Sendable {
    var code: Int32

    init(code: Int32) { self.code = code }

    /// What the C library says about the code, in lower case: "no space left on device".
    var text: String {
        var buffer = [CChar](repeating: 0, count: 256)
        // The GNU and the POSIX form differ in what they return; both leave `buffer` usable when asked this way.
        _ = strerror_r(code, &buffer, buffer.count)
        let words = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard let first = words.first else { return "error \(code)" }
        return first.lowercased() + words.dropFirst()
    }

    /// Why a connection that was up is gone.
    var connectionSentence: String {
        switch code {
        case ECONNRESET: "the peer reset the connection"
        case EPIPE: "the peer closed the connection"
        case ETIMEDOUT: "the peer stopped answering"
        case EHOSTUNREACH, ENETUNREACH, ENETDOWN: "there is no way to the peer any more (\(text))"
        default: "the connection broke: \(text)"
        }
    }
}

/// What the transport could not do, and why.
public struct TransportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried, in words: "make an epoll set".
    public var operation: String
    /// The C library's number of the error.
    public var code: Int32

    init(_ operation: String, _ error: SystemError) {
        self.operation = operation
        code = error.code
    }

    /// A sentence for a person.
    public var description: String { "cannot \(operation): \(SystemError(code: code).text)" }
}
