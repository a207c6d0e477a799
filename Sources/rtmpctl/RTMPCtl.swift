// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPTransport

/// The program. Everything that could be written here is in ``Tool``: closures in `main` belong to the main actor and
/// trap on the loop's threads.
@main struct RTMPCtl {
    static func main() { Environment.exit(Tool.run(CommandLine.arguments.dropFirst(), in: .current).rawValue) }
}
