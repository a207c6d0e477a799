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

/// The system calls of the transport, with the differences between platforms evened out.
///
/// Files are in `Syscalls+Files.swift`. Descriptors that are made here close on exec; sockets do not block.
enum System {
    #if os(Linux)
        private static let sendFlags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
    #else
        private static let sendFlags = Int32(MSG_DONTWAIT)  // SO_NOSIGPIPE is set on the socket instead.
    #endif
    private static let tcp = Int32(IPPROTO_TCP)

    static var lastError: SystemError { SystemError(code: errno) }

    // Descriptors

    static func close(_ descriptor: Int32) {
        // EINTR included: the descriptor is gone on Linux, and trying again could close somebody else's.
        #if canImport(Darwin)
            _ = Darwin.close(descriptor)
        #elseif canImport(Musl)
            _ = Musl.close(descriptor)
        #else
            _ = Glibc.close(descriptor)
        #endif
    }

    #if !os(Linux)
        private static func makeNonBlocking(_ descriptor: Int32) {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    #endif

    /// A descriptor pair that wakes a loop: the first is waited for, the second written to. They may be the same.
    static func makeWakeup() throws(SystemError) -> (read: Int32, write: Int32) {
        #if os(Linux)
            let descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
            guard descriptor >= 0 else { throw lastError }
            return (descriptor, descriptor)
        #else
            return try makePipe()
        #endif
    }

    /// A pipe whose ends do not block.
    static func makePipe() throws(SystemError) -> (read: Int32, write: Int32) {
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &ends) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
        }
        guard result == 0 else { throw lastError }
        for end in [ends.0, ends.1] {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        return ends
    }

    /// Makes `read` of a wake-up pair ready. Eight bytes, because an eventfd takes nothing else.
    static func signalWakeup(_ descriptor: Int32) {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    static func clearWakeup(_ descriptor: Int32) {
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        while read(descriptor, &bytes, MemoryLayout.size(ofValue: bytes)) == MemoryLayout.size(ofValue: bytes) {}
    }

    // Sockets

    static func makeSocket(family: Int32) throws(SystemError) -> Int32 {
        #if os(Linux)
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = socket(family, kind, 0)
            guard descriptor >= 0 else { throw lastError }
        #else
            let descriptor = socket(family, SOCK_STREAM, 0)
            guard descriptor >= 0 else { throw lastError }
            makeNonBlocking(descriptor)
        #endif
        return descriptor
    }

    static func bindAndListen(_ descriptor: Int32, _ address: SocketAddress) throws(SystemError) {
        let bound = address.withPointer { bind(descriptor, $0, $1) }
        guard bound == 0, listen(descriptor, Int32(SOMAXCONN)) == 0 else { throw lastError }
    }

    /// The next waiting connection and its peer; nil when none waits.
    static func accept(_ descriptor: Int32) throws(SystemError) -> (descriptor: Int32, peer: SocketAddress)? {
        var peer = SocketAddress()
        let accepted = peer.fill { address, length in
            #if os(Linux)
                accept4(
                    descriptor, address, length, Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue))
            #elseif canImport(Darwin)
                Darwin.accept(descriptor, address, length)
            #endif
        }
        guard accepted >= 0 else {
            let error = lastError
            if error.code == EAGAIN || error.code == EWOULDBLOCK { return nil }
            throw error
        }
        #if !os(Linux)
            makeNonBlocking(accepted)
        #endif
        return (accepted, peer)
    }

    /// Starts to connect; false when it is under way, true when it is up already.
    static func connect(_ descriptor: Int32, _ address: SocketAddress) throws(SystemError) -> Bool {
        let result = address.withPointer { pointer, length in
            #if canImport(Darwin)
                Darwin.connect(descriptor, pointer, length)
            #elseif canImport(Musl)
                Musl.connect(descriptor, pointer, length)
            #else
                Glibc.connect(descriptor, pointer, length)
            #endif
        }
        if result == 0 { return true }
        let error = lastError
        if error.code == EINPROGRESS || error.code == EINTR { return false }
        throw error
    }

    /// The pending error of a socket, which this call clears; 0 when there is none.
    static func socketError(_ descriptor: Int32) -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length) == 0 else { return errno }
        return value
    }

    /// Where a connected socket leads; nil when it is not connected.
    static func peerAddress(_ descriptor: Int32) -> SocketAddress? {
        var address = SocketAddress()
        return address.fill { getpeername(descriptor, $0, $1) } == 0 ? address : nil
    }

    static func localAddress(_ descriptor: Int32) -> SocketAddress? {
        var address = SocketAddress()
        return address.fill { getsockname(descriptor, $0, $1) } == 0 ? address : nil
    }

    static func shutdownOutput(_ descriptor: Int32) {
        #if os(Linux)
            _ = shutdown(descriptor, Int32(SHUT_WR))
        #else
            _ = shutdown(descriptor, SHUT_WR)
        #endif
    }

    /// Makes the next `close` throw away what waits in both directions.
    static func resetOnClose(_ descriptor: Int32) {
        var value = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    static func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
    }

    static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            Darwin.send(descriptor, bytes.baseAddress, bytes.count, sendFlags)
        #elseif canImport(Musl)
            Musl.send(descriptor, bytes.baseAddress, bytes.count, sendFlags)
        #else
            Glibc.send(descriptor, bytes.baseAddress, bytes.count, sendFlags)
        #endif
    }

    static func send(_ descriptor: Int32, _ pieces: UnsafeMutableBufferPointer<iovec>) -> Int {
        var message = msghdr()
        message.msg_iov = pieces.baseAddress
        message.msg_iovlen = .init(pieces.count)
        return sendmsg(descriptor, &message, sendFlags)
    }

    static func setListenerOptions(_ descriptor: Int32, isIPv6Only: Bool?) {
        setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if let isIPv6Only { setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, isIPv6Only ? 1 : 0) }
    }

    /// What every connection gets: no Nagle delay, unsent data left to us, and an end when a peer stops taking data.
    static func setConnectionOptions(_ descriptor: Int32) {
        setOption(descriptor, tcp, TCP_NODELAY, 1)
        // Beyond this much unsent data the kernel calls the socket full, so that the rest waits in a shared log and
        // not once per player in kernel memory.
        setOption(descriptor, tcp, TCP_NOTSENT_LOWAT, 131_072)
        #if os(Linux)
            setOption(descriptor, tcp, TCP_USER_TIMEOUT, 60_000)
        #else
            setOption(descriptor, tcp, TCP_RXT_CONNDROPTIME, 60)
            setOption(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1)
        #endif
    }

    /// Fewer than `bytes` do not make the socket readable, unless they are the last ones.
    static func setLowWater(_ descriptor: Int32, _ bytes: Int32) {
        setOption(descriptor, SOL_SOCKET, SO_RCVLOWAT, bytes)
    }

    /// Probes a silent peer after 10 s, every 5 s, three times.
    static func setKeepAlive(_ descriptor: Int32) {
        setOption(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        #if os(Linux)
            setOption(descriptor, tcp, TCP_KEEPIDLE, 10)
        #else
            setOption(descriptor, tcp, TCP_KEEPALIVE, 10)
        #endif
        setOption(descriptor, tcp, TCP_KEEPINTVL, 5)
        setOption(descriptor, tcp, TCP_KEEPCNT, 3)
    }

    /// An option's value, for tests.
    static func option(_ descriptor: Int32, _ level: Int32, _ name: Int32) -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        _ = getsockopt(descriptor, level, name, &value, &length)
        return value
    }

    private static func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        _ = setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    // Names

    /// All addresses of a name, in the order of preference of the system. Blocks while a name server is asked.
    static func resolve(_ host: String, port: UInt16, isNumeric: Bool) -> Result<[SocketAddress], NameFailure> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if os(Linux)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        hints.ai_flags = isNumeric ? AI_NUMERICHOST : 0
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            return .failure(NameFailure(isUnknown: code == EAI_NONAME, text: String(cString: gai_strerror(code))))
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let pointer = entry.pointee.ai_addr, addresses.count < 64 {
                var address = SocketAddress(pointer, entry.pointee.ai_addrlen)
                address.port = port
                if address.isInternet { addresses.append(address) }
            }
            next = entry.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(NameFailure(isUnknown: true, text: "no address")) : .success(addresses)
    }

    // Time and the process

    /// Nanoseconds on the clock that never steps.
    static var monotonicNanoseconds: Int64 { nanoseconds(of: CLOCK_MONOTONIC) }

    /// Nanoseconds since 1970 on the clock on the wall.
    static var realtimeNanoseconds: Int64 { nanoseconds(of: CLOCK_REALTIME) }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Raises the soft limit of open descriptors to the hard one and answers what it is now.
    static func raiseDescriptorLimit() -> Int {
        #if os(Linux)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 1_024 }
        var wished = limit
        wished.rlim_cur = limit.rlim_max
        #if canImport(Darwin)
            wished.rlim_cur = min(limit.rlim_max, rlim_t(OPEN_MAX))
        #endif
        if wished.rlim_cur > limit.rlim_cur, setrlimit(resource, &wished) == 0 { limit = wished }
        return Int(clamping: limit.rlim_cur)
    }

    /// Has the C library give freed memory back to the system, where it does not do so by itself.
    ///
    /// glibc keeps seven freed pieces of each small size for each thread, and every one of them its whole page. They are
    /// taken out and freed by a thread that ends, which keeps nothing.
    static func trimMemory() {
        #if canImport(Glibc)
            var pieces: [UInt] = []
            for size in stride(from: 24, through: 1_032, by: 16) {
                for _ in 0..<7 { pieces.append(UInt(bitPattern: malloc(size))) }
            }
            runOnOtherThread { [pieces] in
                for piece in pieces { free(UnsafeMutableRawPointer(bitPattern: piece)) }
            }
            malloc_trim(0)
        #endif
    }

    /// Keeps the C library from holding on to large pieces of memory once it has seen them freed.
    ///
    /// glibc takes the size of what is freed as a hint that such sizes are usual: the limits grow to 64 MB, and memory
    /// at the end of a thread's arena is out of reach of `malloc_trim`. The first limit is 128 KiB then, too little for
    /// what a recording gathers: each piece would come from the system anew.
    static func keepAllocationLimits() {
        #if canImport(Glibc)
            mallopt(M_MMAP_THRESHOLD, 256 << 10)
            mallopt(M_TRIM_THRESHOLD, 2 << 20)
        #endif
    }

    static func ignoreWriteSignals() {
        for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
    }
}

/// Why a name has no address.
struct NameFailure: Error, Sendable {
    /// Whether the name servers say that there is no such name, as opposed to saying nothing.
    var isUnknown: Bool
    /// The resolver's own words.
    var text: String
}
