// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPTransport

extension Arguments {
    /// A console as the options of a client command want it.
    func console(_ surroundings: Surroundings) -> Console {
        let threshold = has(.quiet) ? LogLevel.warning : has(.verbose) || has(.debug) ? .debug : .info
        return Console(surroundings, threshold: threshold, showsProgress: !has(.quiet))
    }
}

/// Runs a program over real sockets until it ends, or until SIGINT or SIGTERM end it.
func run<P: Program & ~Copyable>(_ program: consuming P, _ console: Console) -> Ending {
    do throws(TransportError) {
        Environment.returnFreedMemory()
        var loop = try EventLoop(program, observer: Observer(console), options: .handlingSignals)
        return loop.run()
    } catch {
        return Ending(.failed, "\(error)")
    }
}

/// The same in several shards, each on a thread of its own.
func run<P: Program & SendableMetatype & ~Copyable>(
    shards count: Int, _ console: Console, admission: Admission?, _ program: @escaping @Sendable (Int) -> P
) -> Ending {
    do throws(TransportError) {
        Environment.returnFreedMemory()
        var options = EventLoopOptions.handlingSignals
        options.admission = admission
        return try LoopGroup.run(count, observer: Observer(console), options: options, program: program)
    } catch {
        return Ending(.failed, "\(error)")
    }
}

extension Observer {
    fileprivate init(_ console: Console) {
        self.init(log: { console.log($0, $1) }, report: { console.report($0) })
    }
}

extension EventLoopOptions {
    fileprivate static var handlingSignals: EventLoopOptions {
        var options = EventLoopOptions()
        options.handlesSignals = true
        return options
    }
}
