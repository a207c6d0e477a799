// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a descriptor is, as far as files care.
struct FileShape: Sendable {
    /// On a disk: never blocks for long, can be sought in.
    var isRegular = false
    var isDirectory = false
    /// Every write goes to the end, whatever offset is asked for.
    var appends = false
    var size = 0
    /// Where the descriptor stands; standard output may come with something in it.
    var position = 0
}

extension System {
    /// Opens a file, for reading or writing, and closes it on exec.
    /// Without `blocking`, a pipe that nobody writes to is opened all the same.
    static func openFile(
        _ path: String, reading: Bool, exclusive: Bool = false, blocking: Bool = true
    ) throws(SystemError) -> Int32 {
        var flags = O_CLOEXEC | (blocking ? 0 : O_NONBLOCK)
        if reading {
            flags |= O_RDONLY
        } else {
            flags |= O_WRONLY | O_CREAT | (exclusive ? O_EXCL : O_TRUNC)
        }
        return try openFile(path, flags: flags)
    }

    /// Opens a file that exists for writing, and leaves what is in it.
    static func openToExtend(_ path: String) throws(SystemError) -> Int32 {
        try openFile(path, flags: O_CLOEXEC | O_WRONLY)
    }

    private static func openFile(_ path: String, flags: Int32) throws(SystemError) -> Int32 {
        while true {
            let descriptor = open(path, flags, 0o666)
            if descriptor >= 0 { return descriptor }
            let error = lastError
            if error.code != EINTR { throw error }
        }
    }

    /// Where a path below a directory really leads.
    /// - Throws: ENOENT when that is outside of the directory.
    static func resolve(_ path: String, inside directory: String) throws(SystemError) -> String {
        let root = try realPath(directory)
        let target = try realPath("\(directory)/\(path)")
        guard target.utf8.starts(with: root == "/" ? "/".utf8 : "\(root)/".utf8) else {
            throw SystemError(code: ENOENT)
        }
        return target
    }

    /// A path without symbolic links and dots.
    private static func realPath(_ path: String) throws(SystemError) -> String {
        guard let resolved = realpath(path, nil) else { throw lastError }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    static func shape(of descriptor: Int32) throws(SystemError) -> FileShape {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw lastError }
        var shape = FileShape()
        shape.isRegular = status.st_mode & S_IFMT == S_IFREG
        shape.isDirectory = status.st_mode & S_IFMT == S_IFDIR
        shape.appends = fcntl(descriptor, F_GETFL) & O_APPEND != 0
        if shape.isRegular {
            shape.size = Int(status.st_size)
            shape.position = max(Int(lseek(descriptor, 0, SEEK_CUR)), 0)
        }
        return shape
    }

    /// Whether something that is no regular file has this name: a device, a pipe.
    static func isSpecialFile(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        let kind = status.st_mode & S_IFMT
        return kind != S_IFREG && kind != S_IFDIR
    }

    /// Whether there is anything of this name.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Makes the directories that `path` lies in, as far as they are missing.
    static func makeDirectories(above path: String) throws(SystemError) {
        let bytes = Array(path.utf8)
        for index in bytes.indices where bytes[index] == UInt8(ascii: "/") && index > 0 {
            let directory = String(decoding: bytes[..<index], as: UTF8.self)
            if mkdir(directory, 0o777) != 0 {
                let error = lastError
                // Anything above may be there and closed to us; only the file itself has to work.
                if error.code != EEXIST, error.code != EACCES, error.code != EROFS, error.code != EPERM { throw error }
            }
        }
    }

    /// Writes some of `bytes`, at `offset` or, when that is nil, where the descriptor stands.
    static func writeSome(_ descriptor: Int32, _ bytes: Span<UInt8>, at offset: Int? = nil) throws(SystemError) -> Int {
        while true {
            let count = bytes.withUnsafeBytes { buffer in
                if let offset { return pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(offset)) }
                return write(descriptor, buffer.baseAddress, buffer.count)
            }
            if count >= 0 { return count }
            let error = lastError
            if error.code != EINTR { throw error }
        }
    }

    /// Up to `limit` bytes, none at the end.
    static func readSome(_ descriptor: Int32, upTo limit: Int) throws(SystemError) -> [UInt8] {
        while true {
            var failure: SystemError?
            let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                let result = read(descriptor, buffer.baseAddress, limit)
                if result < 0 { failure = lastError }
                count = max(result, 0)
            }
            guard let failure else { return bytes }
            if failure.code != EINTR { throw failure }
        }
    }

    static func seek(_ descriptor: Int32, to offset: Int) throws(SystemError) {
        guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { throw lastError }
    }

    /// Cuts a file off behind `size` bytes and goes on writing there.
    static func cut(_ descriptor: Int32, to size: Int) throws(SystemError) {
        while ftruncate(descriptor, off_t(size)) != 0 {
            let error = lastError
            if error.code != EINTR { throw error }
        }
        try seek(descriptor, to: size)
    }

    /// Waits until what was written to a file is on the disk, as far as the disk tells the truth.
    static func sync(_ descriptor: Int32) throws(SystemError) {
        while true {
            #if canImport(Darwin)
                // fsync leaves it in the disk's own memory there. Some file systems know no better.
                let result = fcntl(descriptor, F_FULLFSYNC) == 0 ? 0 : fsync(descriptor)
            #else
                let result = fdatasync(descriptor)
            #endif
            if result == 0 { return }
            let error = lastError
            // What cannot be synced has nothing to lose.
            if error.code == EINVAL || error.code == EROFS { return }
            if error.code != EINTR { throw error }
        }
    }

    static func closeFile(_ descriptor: Int32) throws(SystemError) {
        #if canImport(Darwin)
            let result = Darwin.close(descriptor)
        #elseif canImport(Musl)
            let result = Musl.close(descriptor)
        #else
            let result = Glibc.close(descriptor)
        #endif
        // Network file systems report here what they could not write earlier.
        guard result == 0 || errno == EINTR else { throw lastError }
    }

    /// Whether a pipe or terminal can be read or written now, at least 4 KiB of it; at an end or an error it can.
    static func isReady(_ descriptor: Int32, toRead: Bool) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(toRead ? POLLIN : POLLOUT), revents: 0)
        return poll(&entry, 1, 0) != 0
    }
}
