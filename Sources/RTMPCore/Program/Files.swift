// SPDX-License-Identifier: Apache-2.0

/// How to open a file.
public enum FileRequest: Sendable, Hashable {
    /// Read an existing file, or standard input when the path is `-`.
    case read(path: String)
    /// Read an existing file below a directory. What leads out of the directory, symbolic links among it, is refused like what
    /// is not there, and so is everything that is no regular file.
    case readInside(directory: String, path: String)
    /// Create a file for writing, or take standard output when the path is `-`.
    ///
    /// `replacing` false refuses a file that exists. Directories on the way are made when `makingDirectories` is true.
    case create(path: String, replacing: Bool, makingDirectories: Bool)
    /// Create the file `path` + ``partSuffix``, and directories on the way, for what will be renamed to `path` once it is
    /// complete. `replacing` false refuses when there is a file of either name.
    case createPart(path: String, replacing: Bool)

    /// Go on with a file that exists: nothing is lost until it is cut off, which comes first (``Wish/cut(_:to:)``).
    case extend(path: String)

    /// The name that was asked for.
    public var path: String {
        switch self {
        case .read(let path), .create(let path, _, _), .createPart(let path, _), .extend(let path): path
        case .readInside(let directory, let path): "\(directory)/\(path)"
        }
    }

    /// What stands behind the names of files that are not complete yet.
    public static let partSuffix = ".part"
}

/// What happened to a file.
public enum FileFact: Sendable, Hashable {
    /// It is open. `path` is the name it got; `isSeekable` is false for pipes and terminals.
    case opened(path: String, isSeekable: Bool, size: Int?)
    /// So many more bytes were written.
    case wrote(Int)
    /// The disk is full, or broken: only the first `at` bytes of the file are there, the last of them half a write maybe.
    /// Everything wished of the file is dropped, also what was wished before this was told, until ``Wish/cut(_:to:)``:
    /// then it can be overwritten. It still wants to be closed.
    case stuck(at: Int, FileFailure)
    /// These bytes were read.
    case read([UInt8])
    /// There is nothing more to read.
    case end
    /// It has this name now.
    case renamed(to: String)
    /// What is in the directory.
    case listed([ListedFile])
    /// These files are gone; why others are not.
    case removed([String], FileFailure?)
    /// Everything is written and the file is closed.
    case closed
    /// It could not be opened, read or written. Nothing more will happen to it; what was written before is kept.
    case failed(FileFailure)
}

/// What went wrong with a file.
public struct FileFailure: Error, Sendable, Hashable {
    /// The kinds that a program tells apart.
    public enum Kind: Sendable, Hashable {
        /// It could not be opened or created.
        case cannotOpen
        /// It exists, and replacing it was not asked for.
        case exists
        /// Reading or writing failed: a full disk, a broken device.
        case inputOutput
        /// Whoever read the pipe went away.
        case brokenPipe
    }
    /// Which kind.
    public var kind: Kind
    /// A sentence for a person: what, where and why.
    public var reason: String

    /// A failure with its sentence.
    public init(_ kind: Kind, reason: String) {
        self.kind = kind
        self.reason = reason
    }
}

/// A file in a directory.
public struct ListedFile: Sendable, Hashable {
    /// Its path, beginning with that of the directory.
    public var path: String
    /// Bytes in it.
    public var size: Int64
    /// When it was last written to, in milliseconds since 1970.
    public var modified: Int64

    /// A file.
    public init(path: String, size: Int64, modified: Int64) {
        self.path = path
        self.size = size
        self.modified = modified
    }
}

/// A command that is run, named by the program that wished it.
public struct RunID: Sendable, Hashable {
    /// The program's number.
    public var rawValue: Int
    /// The command that the program calls `rawValue`.
    public init(_ rawValue: Int) { self.rawValue = rawValue }
}

/// How a command ended.
public enum RunResult: Sendable, Hashable {
    /// With this exit status; 128 and more for a signal, as shells count.
    case exited(Int32)
    /// It could not be started; a sentence for a person.
    case failed(String)
}
