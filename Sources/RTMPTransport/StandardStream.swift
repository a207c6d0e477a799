// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The streams that a process is born with.
public enum StandardStream: Int32, Sendable, CaseIterable {
    /// Standard input.
    case input
    /// Standard output.
    case output
    /// Standard error.
    case error

    /// Whether somebody sits behind it.
    public var isTerminal: Bool { isatty(rawValue) == 1 }

    /// How many characters a line of the terminal has; nil when there is no terminal, or it does not say.
    public var columns: Int? {
        var size = winsize()
        guard ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes `text`, and waits until all of it is written.
    ///
    /// - Returns: false when not all of it could be written.
    public func write(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            do throws(SystemError) {
                written += try System.writeSome(rawValue, bytes.span.extracting(written...))
            } catch {
                // Whoever shares the stream may have made it non-blocking.
                guard error.code == EAGAIN, System.waitUntilWritable(rawValue) else { return false }
            }
        }
        return true
    }
}

extension System {
    fileprivate static func waitUntilWritable(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, -1) > 0 || errno == EINTR
    }
}
