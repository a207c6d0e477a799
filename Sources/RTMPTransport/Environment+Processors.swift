// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import CLinux
    import Glibc
#elseif canImport(Musl)
    import CLinux
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Environment {
    /// How many processors this thread may run on, at least one: fewer than the machine has when it is pinned to some
    /// (`taskset`, a container's set of processors).
    public static var usableProcessors: Int {
        #if os(Linux)
            var mask = [UInt8](repeating: 0, count: 8_192)
            if sched_getaffinity(0, mask.count, &mask) == 0 {
                let count = mask.reduce(0) { $0 + $1.nonzeroBitCount }
                if count > 0 { return count }
            }
        #endif
        return max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)
    }
}
