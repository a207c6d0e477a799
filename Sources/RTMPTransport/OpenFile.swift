// SPDX-License-Identifier: Apache-2.0

import RTMPCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file with the orders that wait for it.
struct OpenFile {
    enum Step {
        /// Carried out; what to tell.
        case done(FileFact?)
        /// A pipe is not ready.
        case blocked
        case closed
    }

    private(set) var path: String
    let descriptor: Int32
    let isInput: Bool
    let shape: FileShape
    /// Orders; those before `dropped` are done.
    private var waiting: [FileOrder.Command] = []
    private var dropped = 0
    /// Bytes of the first order that are written already.
    private var partial = 0
    /// Bytes of whole writes.
    private var written = 0
    /// The disk took no more, and the program has not heard of it or not cut the file off yet.
    private var isStuck = false
    private var isSynced = false

    var isSeekable: Bool { shape.isRegular && (isInput || !shape.appends) }
    private var isStandard: Bool { path == "-" }
    /// Where the program's first byte lies. Standard output may come with something in it.
    private var base: Int { isSeekable ? shape.position : 0 }

    /// The path as a person knows it.
    private var name: String { isStandard ? isInput ? "standard input" : "standard output" : path }

    init(_ request: FileRequest) throws(FileFailure) {
        switch request {
        case .read(let path):
            self.path = path
            isInput = true
        case .readInside:
            self.path = request.path
            isInput = true
        case .create(let path, _, _):
            self.path = path
            isInput = false
        case .createPart(let path, _):
            self.path = path + FileRequest.partSuffix
            isInput = false
        case .extend(let path):
            self.path = path
            isInput = false
        }
        do throws(SystemError) {
            descriptor = try Self.openDescriptor(request)
            shape = try System.shape(of: descriptor)
        } catch {
            throw Self.openFailure(request, error)
        }
        let isServed = if case .readInside = request { true } else { false }
        if shape.isDirectory || isServed && !shape.isRegular {
            System.close(descriptor)
            throw Self.openFailure(request, SystemError(code: shape.isDirectory ? EISDIR : ENOENT))
        }
    }

    private static func openDescriptor(_ request: FileRequest) throws(SystemError) -> Int32 {
        switch request {
        // Standard streams are shared with whoever started us: they are left as they are, blocking.
        case .read("-"): return 0
        case .create("-", _, _): return 1
        case .read(let path): return try System.openFile(path, reading: true)
        case .readInside(let directory, let path):
            return try System.openFile(try System.resolve(path, inside: directory), reading: true, blocking: false)
        case .create(let path, let replacing, let makingDirectories):
            if makingDirectories { try System.makeDirectories(above: path) }
            // A device or a named pipe exists always, and nothing in it is lost.
            let exclusive = !replacing && !System.isSpecialFile(path)
            return try System.openFile(path, reading: false, exclusive: exclusive)
        case .createPart(let path, let replacing):
            try System.makeDirectories(above: path)
            if !replacing, System.exists(path) { throw SystemError(code: EEXIST) }
            return try System.openFile(path + FileRequest.partSuffix, reading: false, exclusive: !replacing)
        case .extend(let path): return try System.openToExtend(path)
        }
    }

    mutating func enqueue(_ command: FileOrder.Command) {
        // Nobody wants what a pipe that is being closed would still say, and that may take for ever.
        if isInput, !shape.isRegular, case .close = command {
            waiting = []
            dropped = 0
        }
        waiting.append(command)
    }

    var nextCommand: FileOrder.Command? { dropped < waiting.count ? waiting[dropped] : nil }
    var unfinishedCommands: ArraySlice<FileOrder.Command> { waiting[dropped...] }

    mutating func dropCommand() {
        dropped += 1
        partial = 0
        guard dropped == waiting.count else { return }
        waiting.removeAll(keepingCapacity: true)
        dropped = 0
    }

    mutating func carryOut(_ command: FileOrder.Command) throws(FileFailure) -> Step {
        if isStuck {
            switch command {
            case .cut, .close: break
            default: return .done(nil)
            }
        }
        do throws(SystemError) {
            switch command {
            case .write(let bytes): return try write(bytes)
            case .overwrite(let offset, let bytes): return try overwrite(at: offset, bytes)
            case .cut(let size): return try cut(to: size)
            case .sync:
                if shape.isRegular { try System.sync(descriptor) }
                isSynced = true
                return .done(nil)
            case .rename(let name, let replacing):
                try System.moveFile(path, to: name, replacing: replacing)
                path = name
                if isSynced { System.syncDirectory(of: name) }
                return .done(.renamed(to: name))
            case .read(let limit): return try read(upTo: limit)
            case .seek(let offset):
                guard shape.isRegular else { throw SystemError(code: ESPIPE) }
                try System.seek(descriptor, to: base + max(offset, 0))
                return .done(nil)
            case .close:
                // Standard streams stay open: another file would get their number.
                if !isStandard { try System.closeFile(descriptor) }
                return .closed
            case .open, .list, .remove, .stop: return .done(nil)
            }
        } catch {
            if error.code == EAGAIN || error.code == EWOULDBLOCK { return .blocked }
            throw failure(of: error, writing: !isInput)
        }
    }

    private mutating func write(_ bytes: [UInt8]) throws(SystemError) -> Step {
        while partial < bytes.count {
            var end = bytes.count
            if !shape.isRegular {
                guard System.isReady(descriptor, toRead: false) else { return .blocked }
                // A pipe that is ready takes this much without blocking (PIPE_BUF), and maybe no more.
                end = min(end, partial + 4_096)
            }
            do throws(SystemError) {
                partial += try System.writeSome(descriptor, bytes.span.extracting(partial..<end))
            } catch {
                guard isSeekable else { throw error }
                isStuck = true
                return .done(.stuck(at: written + partial, failure(of: error, writing: true)))
            }
        }
        written += bytes.count
        return .done(.wrote(bytes.count))
    }

    private mutating func cut(to size: Int) throws(SystemError) -> Step {
        guard isSeekable, !isInput, size >= 0 else { return .done(nil) }
        try System.cut(descriptor, to: base + size)
        written = size
        isStuck = false
        return .done(nil)
    }

    private func overwrite(at offset: Int, _ bytes: [UInt8]) throws(SystemError) -> Step {
        guard isSeekable, offset >= 0 else { return .done(nil) }
        var count = 0
        while count < bytes.count {
            let rest = bytes.span.extracting(count..<bytes.count)
            count += try System.writeSome(descriptor, rest, at: base + offset + count)
        }
        return .done(nil)
    }

    private func read(upTo limit: Int) throws(SystemError) -> Step {
        if !shape.isRegular, !System.isReady(descriptor, toRead: true) { return .blocked }
        let bytes = try System.readSome(descriptor, upTo: min(max(limit, 1), 1 << 20))
        return .done(bytes.isEmpty ? .end : .read(bytes))
    }

    func closeQuietly() {
        if !isStandard { System.close(descriptor) }
    }

    /// What went wrong after opening, in a sentence.
    func failure(of error: SystemError, writing: Bool) -> FileFailure {
        switch error.code {
        case EEXIST:
            FileFailure(
                .exists, reason: "\(name) is complete and keeps its name: another file has the one that it was to get")
        case EPIPE: FileFailure(.brokenPipe, reason: "whoever reads \(name) went away")
        case ENOSPC, EDQUOT:
            FileFailure(
                .inputOutput,
                reason: "cannot write \(name): \(error.code == EDQUOT ? "your quota is used up" : "the disk is full"); "
                    + "what was written until then is kept, make room and start again")
        case EFBIG:
            FileFailure(
                .inputOutput,
                reason: "cannot write \(name): the file is as large as the system allows; record in shorter pieces")
        default:
            FileFailure(.inputOutput, reason: "cannot \(writing ? "write" : "read") \(name): \(error.text)")
        }
    }

    private static func openFailure(_ request: FileRequest, _ error: SystemError) -> FileFailure {
        let (path, verb) =
            switch request {
            case .read("-"): ("standard input", "read")
            case .create("-", _, _): ("standard output", "write to")
            case .read(let path): (path, "read")
            case .readInside: (request.path, "read")
            case .create(let path, _, _), .createPart(let path, _): (path, "create")
            case .extend(let path): (path, "write to")
            }
        let advice =
            switch error.code {
            case EEXIST: "it exists already; choose another name, or allow it to be replaced"
            case ENOENT where verb == "read": "there is no such file"
            case ENOENT: "its directory does not exist; make it first"
            case EACCES, EPERM: "permission denied; choose a place that you may \(verb == "read" ? "read" : "write to")"
            case EISDIR: "it is a directory; name a file"
            case ENOTDIR: "a part of the path is not a directory"
            case EROFS: "the file system is read-only; choose another place"
            case ENOSPC, EDQUOT: "the disk is full; make room or choose another place"
            case EMFILE, ENFILE: "too many files are open; raise the limit (ulimit -n)"
            default: error.text
            }
        return FileFailure(
            error.code == EEXIST ? .exists : .cannotOpen, reason: "cannot \(verb) \(path): \(advice)")
    }
}
