// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The way between a socket and a program's bytes.
///
/// It is plain TCP. TLS belongs between these calls and the socket and will be a second kind of stream; whoever calls
/// sees no difference.
struct ByteStream {
    /// What came of a call.
    enum Transfer {
        case bytes(Int)
        case wouldBlock
        case end
        case failed(SystemError)
    }

    let descriptor: Int32

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        while true {
            let count = System.receive(descriptor, into: buffer)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            if let failure = failure() { return failure }
        }
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        while true {
            let count = System.send(descriptor, bytes)
            if count >= 0 { return .bytes(count) }
            if let failure = failure() { return failure }
        }
    }

    func send(_ pieces: UnsafeMutableBufferPointer<iovec>) -> Transfer {
        while true {
            let count = System.send(descriptor, pieces)
            if count >= 0 { return .bytes(count) }
            if let failure = failure() { return failure }
        }
    }

    /// Tells the peer that nothing more comes, after what was sent.
    func endOutput() { System.shutdownOutput(descriptor) }

    /// Nil when the call was only interrupted.
    private func failure() -> Transfer? {
        let error = System.lastError
        if error.code == EINTR { return nil }
        return error.code == EAGAIN || error.code == EWOULDBLOCK ? .wouldBlock : .failed(error)
    }
}
