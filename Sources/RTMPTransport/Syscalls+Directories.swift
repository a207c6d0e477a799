// SPDX-License-Identifier: Apache-2.0

import RTMPCore

#if canImport(Glibc)
    import CLinux
    import Glibc
#elseif canImport(Musl)
    import CLinux
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Names of files, and what is in directories.
extension System {
    /// More files than any directory of recordings should have, and directories in each other.
    private static let listLimit = 200_000
    private static let depthLimit = 16

    /// Gives a file another name.
    static func moveFile(_ old: String, to new: String, replacing: Bool) throws(SystemError) {
        if !replacing {
            // A second name is refused when it is taken; then the first one goes.
            if link(old, new) == 0 {
                guard unlink(old) == 0 else { throw lastError }
                return
            }
            let error = lastError
            // File systems without second names.
            guard [EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS, EMLINK].contains(error.code) else { throw error }
            if exists(new) { throw SystemError(code: EEXIST) }
        }
        guard rename(old, new) == 0 else { throw lastError }
    }

    static func removeFile(_ path: String) throws(SystemError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw lastError }
    }

    /// Has the names in the directory of `path` survive a power cut, where the system can do that.
    static func syncDirectory(of path: String) {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        close(descriptor)
    }

    /// The files in a directory; those that are no plain files are left out, and what cannot be read.
    static func list(_ directory: String, recursive: Bool) -> [ListedFile] {
        var found: [ListedFile] = []
        var directories = [(path: directory, depth: 0)]
        while let next = directories.popLast() {
            guard let stream = opendir(next.path.isEmpty ? "." : next.path) else { continue }
            defer { closedir(stream) }
            while found.count < listLimit, let entry = readdir(stream) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard name != ".", name != ".." else { continue }
                let path =
                    next.path.isEmpty ? name : next.path.hasSuffix("/") ? next.path + name : "\(next.path)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR {
                    if recursive, next.depth < depthLimit { directories.append((path, next.depth + 1)) }
                } else if status.st_mode & S_IFMT == S_IFREG {
                    found.append(
                        ListedFile(path: path, size: Int64(status.st_size), modified: modificationTime(status)))
                }
            }
        }
        return found
    }

    private static func modificationTime(_ status: stat) -> Int64 {
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
