// SPDX-License-Identifier: Apache-2.0

/// What a process sets up once before it runs loops. ``EventLoop`` does it too; doing it twice does no harm.
public enum Environment {
    /// Raises the soft limit of open descriptors to the hard one.
    ///
    /// - Returns: how many connections the process can hold; some descriptors are kept for files and for itself.
    @discardableResult
    public static func raiseDescriptorLimit() -> Int { max(System.raiseDescriptorLimit() - 32, 1) }

    /// Has memory go back to the system when much was needed for a while, a hundred large messages at once for one.
    /// Meant for servers; it changes how the C library of the whole process allocates.
    public static func returnFreedMemory() { System.keepAllocationLimits() }

    /// Makes it an error, and not the end of the process, to write to a pipe that nobody reads or beyond the largest
    /// size of a file (SIGPIPE, SIGXFSZ).
    public static func ignoreWriteSignals() { System.ignoreWriteSignals() }
}
