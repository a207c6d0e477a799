// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a command-line program asks of the process it is.
extension Environment {
    /// The value of an environment variable, nil when it is not set.
    public static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Ends the process.
    public static func exit(_ status: Int32) -> Never {
        #if canImport(Glibc)
            Glibc.exit(status)
        #elseif canImport(Musl)
            Musl.exit(status)
        #else
            Darwin.exit(status)
        #endif
    }

    /// The machine's memory in bytes, nil when the system does not say.
    public static var physicalMemory: Int? {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let size = sysconf(Int32(_SC_PAGESIZE))
        guard pages > 0, size > 0 else { return nil }
        let (bytes, overflow) = pages.multipliedReportingOverflow(by: size)
        return overflow ? nil : bytes
    }

    /// The beginning of a small file, read at once: for settings, not for media.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - limit: the most bytes to read.
    /// - Throws: when the file cannot be opened or read.
    public static func contents(ofFile path: String, upTo limit: Int) throws(TransportError) -> [UInt8] {
        do throws(SystemError) {
            let descriptor = try System.openFile(path, reading: true)
            defer { System.close(descriptor) }
            var bytes: [UInt8] = []
            while bytes.count < limit {
                let more = try System.readSome(descriptor, upTo: limit - bytes.count)
                if more.isEmpty { break }
                bytes += more
            }
            return bytes
        } catch {
            throw TransportError("read \(path)", error)
        }
    }
}
