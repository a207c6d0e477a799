// SPDX-License-Identifier: Apache-2.0

import FLV
import Foundation

/// Prints the tags of an FLV file: `swift run PrintTags show.flv`.
@main struct PrintTags {
    static func main() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: CommandLine.arguments[1])))

        var reader = FLVReader()
        reader.receive(bytes.span)  // as many times as there are pieces
        reader.receiveEnd()
        while let element = try reader.nextElement() {
            guard case .tag(let tag) = element else { continue }
            let isKeyframe = tag.kind == .video && MediaClass(video: tag.payload.span).role == .keyframe
            print("\(tag.timestamp) ms, \(tag.kind), \(tag.payload.count) bytes" + (isKeyframe ? ", keyframe" : ""))
        }
    }
}
