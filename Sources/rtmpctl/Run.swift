// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPTransport

extension Arguments {
    /// A console as the options of a client command want it.
    func console(_ surroundings: Surroundings) -> Console {
        let threshold = has(.quiet) ? LogLevel.warning : has(.verbose) ? .debug : .info
        return Console(surroundings, threshold: threshold, showsProgress: !has(.quiet))
    }
}

/// Runs a program over real sockets until it ends, or until SIGINT or SIGTERM end it.
func run<P: Program & ~Copyable>(_ program: consuming P, _ console: Console) -> Ending {
    let observer = Observer(log: { console.log($0, $1) }, report: { console.report($0) })
    var options = EventLoopOptions()
    options.handlesSignals = true
    do throws(TransportError) {
        var loop = try EventLoop(program, observer: observer, options: options)
        return loop.run()
    } catch {
        return Ending(.failed, "\(error)")
    }
}
