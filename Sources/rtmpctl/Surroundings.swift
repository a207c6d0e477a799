// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPTransport

/// What a command finds around it: environment, streams, clock, chance. Tests bring their own.
struct Surroundings: Sendable {
    var variable: @Sendable (String) -> String?
    /// The first so many bytes of a file; a sentence when it cannot be read.
    var readFile: @Sendable (String, Int) -> Result<[UInt8], Failure>
    /// Writes all of it; false when that failed.
    var writeOutput: @Sendable (String) -> Bool
    var writeError: @Sendable (String) -> Void
    var isTerminal: @Sendable (StandardStream) -> Bool
    var columns: @Sendable () -> Int
    var now: @Sendable () -> Instant
    /// Milliseconds from 1970 to the clock's origin.
    var wallClock: Int64
    var memory: Int?
    /// How many processors the process may use.
    var processors: Int
    /// How many connections the process can hold, after it has asked for as many as it may.
    var connectionLimit: @Sendable () -> Int?
    var seed: UInt64

    /// The real ones.
    static var current: Surroundings {
        Surroundings(
            variable: Environment.variable,
            readFile: { path, limit in
                do throws(TransportError) {
                    return .success(try Environment.contents(ofFile: path, upTo: limit))
                } catch {
                    return .failure(Failure("\(error)", status: .badInput))
                }
            },
            writeOutput: { StandardStream.output.write($0) },
            writeError: { _ = StandardStream.error.write($0) },
            isTerminal: \.isTerminal,
            columns: { StandardStream.error.columns ?? 80 },
            now: { SystemClock.now },
            wallClock: SystemClock.unixMillisecondsAtOrigin,
            memory: Environment.physicalMemory,
            processors: Environment.usableProcessors,
            connectionLimit: { Environment.raiseDescriptorLimit() },
            seed: .random(in: .min ... .max))
    }
}
