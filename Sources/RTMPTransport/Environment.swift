// SPDX-License-Identifier: Apache-2.0

/// What a process sets up once before it runs loops. ``EventLoop`` does it too; doing it twice does no harm.
public enum Environment {
    /// Raises the soft limit of open descriptors to the hard one.
    ///
    /// - Returns: how many connections the process can hold; some descriptors are kept for files and for itself.
    @discardableResult
    public static func raiseDescriptorLimit() -> Int { max(System.raiseDescriptorLimit() - 32, 1) }

    /// Makes writing to a pipe or socket that nobody reads an error instead of the end of the process.
    public static func ignoreBrokenPipes() { System.ignoreBrokenPipes() }
}
