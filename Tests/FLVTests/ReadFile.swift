// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport

/// What a reader made of a file.
struct ReadFile: Equatable, CustomStringConvertible {
    var elements: [FLVReader.Element] = []
    var error: FLVError?

    init(_ pieces: [ArraySlice<UInt8>], limits: FLVLimits = FLVLimits()) {
        var reader = FLVReader(limits: limits)
        do {
            for piece in pieces {
                reader.receive(piece.span)
                while let element = try reader.nextElement() { elements.append(element) }
            }
            reader.receiveEnd()
            while let element = try reader.nextElement() { elements.append(element) }
        } catch let failure {
            error = failure
        }
    }

    init(_ bytes: [UInt8], limits: FLVLimits = FLVLimits()) { self.init([bytes[...]], limits: limits) }

    init(fixture: String) { self.init(Fixture.bytes("flv/\(fixture)")) }

    var tags: [FLVTag] {
        elements.compactMap { if case .tag(let tag) = $0 { tag } else { nil } }
    }

    var headers: [FLVHeader] {
        elements.compactMap { if case .header(let header) = $0 { header } else { nil } }
    }

    var wrongSizes: [UInt32] {
        elements.compactMap { if case .previousTagSize(let size) = $0 { size } else { nil } }
    }

    /// The file written again.
    func rewritten() throws -> [UInt8] {
        var output: [UInt8] = []
        var writer = FLVWriter()
        for element in elements {
            switch element {
            case .header(let header): try writer.write(header, into: &output)
            case .tag(let tag): try writer.write(tag, into: &output)
            case .previousTagSize: break
            }
        }
        return output
    }

    /// Short, for messages of failing tests: payloads are long.
    var description: String {
        "\(elements.count) elements, \(error?.description ?? "no error")"
    }
}

/// Where the tags of the fixture start, by a walk of its own over the sizes.
func tagBoundaries(of bytes: [UInt8]) -> [Int] {
    var boundaries = [0, 9]
    var position = 13
    while position + 11 <= bytes.count {
        boundaries.append(position)
        let size = Int(bytes[position + 1]) << 16 | Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
        boundaries += [position + 11, position + 11 + size]
        position += 15 + size
    }
    return boundaries
}
