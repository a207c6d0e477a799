// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// A file that the program wished open, as the loop sees it.
struct FileState {
    let key: FileKey
    let isInput: Bool
    var isClosing = false
}

extension EventLoop where P: ~Copyable {
    mutating func open(_ id: FileID, _ request: FileRequest) {
        guard files[id] == nil else {
            fail(id, .init(.cannotOpen, reason: "file \(id.rawValue) is open already"))
            return
        }
        let key = fileWorker.makeKey()
        let isInput =
            switch request {
            case .read, .readInside: true
            case .create, .createPart, .extend: false
            }
        files[id] = FileState(key: key, isInput: isInput)
        fileIDs[key] = id
        if !fileWorker.post(FileOrder(key: key, command: .open(request))) {
            fail(id, .init(.cannotOpen, reason: "cannot start a thread for files; end other programs"))
        }
    }

    /// An order that is about no open file.
    mutating func orderOnce(_ id: FileID, _ command: FileOrder.Command) {
        guard files[id] == nil else { return }
        let key = fileWorker.makeKey()
        files[id] = FileState(key: key, isInput: true)
        fileIDs[key] = id
        if !fileWorker.post(FileOrder(key: key, command: command)) {
            fail(id, .init(.inputOutput, reason: "cannot start a thread for files; end other programs"))
        }
    }

    mutating func order(_ id: FileID, _ command: FileOrder.Command) {
        guard let file = files[id], !file.isClosing else { return }
        if case .close = command { files[id]?.isClosing = true }
        if !fileWorker.post(FileOrder(key: file.key, command: command)) {
            // What was ordered before is still written.
            _ = fileWorker.post(FileOrder(key: file.key, command: .close))
            fail(
                id,
                .init(
                    .inputOutput,
                    reason: "the disk is too slow: too much waits to be written; what was written until then is kept"))
        }
    }

    mutating func handle(_ fact: FileFact, of key: FileKey) {
        guard let id = fileIDs[key] else { return }
        switch fact {
        case .failed(let failure):
            fail(id, failure)
            return
        case .stuck(_, let failure) where ending != nil:
            // Nobody is there any more who could cut it.
            _ = fileWorker.post(FileOrder(key: key, command: .close))
            fail(id, failure)
            return
        case .closed, .listed, .removed: forget(id)
        case .wrote where ending != nil: renewPatience()
        default: break
        }
        tell(id, fact)
    }

    private mutating func fail(_ id: FileID, _ failure: FileFailure) {
        forget(id)
        // The program is done and hears nothing more, but its success would be a lie.
        if ending?.status == .done, failure.kind != .brokenPipe { ending = Ending(.inputOutput, failure.reason) }
        tell(id, .failed(failure))
    }

    private mutating func tell(_ id: FileID, _ fact: FileFact) {
        guard ending == nil else { return }
        program.file(id, fact, at: now, &wishes)
        carryOutWishes()
        serveSoon()
    }

    private mutating func forget(_ id: FileID) {
        if let file = files.removeValue(forKey: id) { fileIDs[file.key] = nil }
    }

    mutating func closeAllFiles() {
        for id in Array(files.keys) { order(id, .close) }
    }

    /// Whether something is on its way to a disk or pipe.
    var isWriting: Bool { files.values.contains { !$0.isInput } }
}
