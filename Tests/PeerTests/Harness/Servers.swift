// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Something that takes publishers and serves players.
protocol Server {
    /// `host:port`.
    var authority: String { get }
    var process: ChildProcess { get }
    /// Waits until so many players have come.
    func awaitPlayers(_ count: Int) throws
    /// Waits until so many publishers have come.
    func awaitPublishers(_ count: Int) throws
}

extension Server {
    func url(_ path: String) -> String { "rtmp://\(authority)/\(path)" }
}

/// `rtmpctl relay --listen`.
struct OurRelay: Server {
    let authority: String
    let process: ChildProcess

    init(_ bench: Bench, host: String = "127.0.0.1", port: Int = 0, name: String = "relay", _ options: [String] = [])
        throws
    {
        process = try bench.start(
            .rtmpctl, ["relay", "--listen", "\(host):\(port)"] + options, name: name)
        let line = try process.expect(#"listening on \S*:\d+"#)
        let taken = line.firstMatch(of: /listening on \S*:(\d+)/).map { String($0.1) } ?? ""
        authority = port == 1935 ? host : "\(host):\(taken)"
    }

    func awaitPlayers(_ count: Int) throws { try process.expect(#"\bplay .*$"#, count: count) }
    func awaitPublishers(_ count: Int) throws { try process.expect(#"\bpublish .*$"#, count: count) }
}

/// nginx with its RTMP module, as a child with a directory, a configuration and a port of its own.
struct NginxServer: Server {
    let authority: String
    let process: ChildProcess

    init(
        _ bench: Bench, port: Int? = nil, name: String = "nginx", application: String = "live",
        _ directives: String = ""
    ) throws {
        let port = try port ?? freePort()
        let directory = bench.path("nginx-\(port)")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let configuration = """
            load_module \(Tool.nginxModule);
            daemon off;
            master_process off;
            pid \(directory)/nginx.pid;
            error_log stderr info;
            events {}
            rtmp {
                access_log off;
                server {
                    listen 127.0.0.1:\(port);
                    application \(application) {
                        live on;
                        \(directives)
                    }
                }
            }
            """
        try Data(configuration.utf8).write(to: URL(filePath: directory + "/nginx.conf"))
        process = try bench.start(
            .nginx, ["-p", directory, "-e", "stderr", "-c", directory + "/nginx.conf"], name: name)
        authority = "127.0.0.1:\(port)"
        let limit = Date(timeIntervalSinceNow: 10)
        while !canConnect(port) {
            guard process.isRunning, Date() < limit else {
                throw ChildProcess.Failure(description: "nginx does not listen\n\(process.report)")
            }
            usleep(10_000)
        }
    }

    var port: Int { Int(authority.split(separator: ":")[1]) ?? 0 }

    func awaitPlayers(_ count: Int) throws { try process.expect(#"\bplay: name="#, count: count) }
    func awaitPublishers(_ count: Int) throws { try process.expect(#"\bpublish: name="#, count: count) }
}

/// A port on which nobody listens now.
func freePort() throws -> Int {
    let descriptor = streamSocket()
    defer { close(descriptor) }
    var address = loopback(port: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
        }
    }
    guard result else { throw ChildProcess.Failure(description: "no free port: errno \(errno)") }
    return Int(UInt16(bigEndian: address.sin_port))
}

private func canConnect(_ port: Int) -> Bool {
    let descriptor = streamSocket()
    defer { close(descriptor) }
    var address = loopback(port: port)
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

private func streamSocket() -> Int32 {
    #if os(Linux)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
}

private func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}
