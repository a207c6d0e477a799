// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A page of a module's documentation, and the code that it shows.
public struct DocumentationPage: Sendable {
    /// The code of each Swift snippet.
    public let snippets: [String]

    /// The page `name` of the catalog of `module`. Stops the test process when there is no such page.
    public init(_ name: String, of module: String) {
        let text = Fixture.text("../Sources/\(module)/\(module).docc/\(name).md")
        snippets = text.components(separatedBy: "```swift\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
    }

    /// The snippets that do not stand in a source file word for word, however they are broken into lines. Imports need
    /// not stand there.
    public func missing(from file: StaticString = #filePath) -> [String] {
        let source = Self.words((try? String(contentsOfFile: "\(file)", encoding: .utf8)) ?? "")
        return snippets.filter { snippet in
            let code = snippet.split(separator: "\n").filter { !$0.hasPrefix("import ") }.joined(separator: "\n")
            return !source.contains(Self.words(code))
        }
    }

    private static func words(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
