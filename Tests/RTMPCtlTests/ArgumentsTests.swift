// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import rtmpctl

@Suite struct ArgumentsTests {
    private static let color = Option("color", "colour", letter: "c", value: .required("NAME"), help: "")
    private static let loud = Option("loud", letter: "l", help: "")
    private static let fast = Option("fast", letter: "f", help: "")
    private static let times = Option("times", letter: "t", value: .number("N"), help: "")
    private static let options = [color, loud, fast, times]

    private func parsed(_ words: String...) throws -> Arguments { try Arguments(words, options: Self.options) }

    private func message(_ words: String...) -> String? {
        do throws(Failure) {
            _ = try Arguments(words, options: Self.options)
            return nil
        } catch {
            return error.status == .usage ? error.message : nil
        }
    }

    @Test func `operands and options may stand in any order`() throws {
        let arguments = try parsed("a", "--color", "red", "b", "-l", "c")
        #expect(arguments.operands == ["a", "b", "c"])
        #expect(arguments[Self.color] == "red")
        #expect(arguments.has(Self.loud))
        #expect(!arguments.has(Self.fast))
    }

    @Test(arguments: [
        ["--color", "red"], ["--color=red"], ["--colour=red"], ["-c", "red"], ["-cred"], ["-lc", "red"], ["-lcred"],
    ])
    func `a value can be written in several ways`(_ words: [String]) throws {
        let arguments = try Arguments(words, options: Self.options)
        #expect(arguments[Self.color] == "red")
        #expect(arguments.operands == [])
    }

    @Test func `a value may begin with a dash, hold an equals sign, or be empty`() throws {
        #expect(try parsed("--color", "--loud")[Self.color] == "--loud")
        #expect(try parsed("--color=a=b")[Self.color] == "a=b")
        #expect(try parsed("--color=")[Self.color] == "")
    }

    @Test func `switches may share a dash`() throws {
        let arguments = try parsed("-lf")
        #expect(arguments.has(Self.loud) && arguments.has(Self.fast))
    }

    @Test func `an option given twice has both values, and the last one counts`() throws {
        let arguments = try parsed("--color", "red", "-cblue")
        #expect(arguments.all(Self.color) == ["red", "blue"])
        #expect(arguments[Self.color] == "blue")
    }

    @Test func `a number is taken when it is there`() throws {
        #expect(try parsed("--times", "3", "x")[Self.times] == "3")
        #expect(try parsed("--times=3")[Self.times] == "3")
        #expect(try parsed("-t3")[Self.times] == "3")
        let without = try parsed("--times", "x.flv")
        #expect(without[Self.times] == "")
        #expect(without.operands == ["x.flv"])
        #expect(try parsed("--times")[Self.times] == "")
    }

    @Test func `behind two dashes everything is an operand`() throws {
        #expect(try parsed("--loud", "--", "--color", "-l").operands == ["--color", "-l"])
    }

    @Test func `a lone dash is an operand`() throws {
        #expect(try parsed("-", "-l").operands == ["-"])
    }

    @Test func `an unknown option is refused with a suggestion`() {
        #expect(message("--colr=SECRET") == "unknown option --colr; did you mean --color?")
        #expect(message("--lodu") == "unknown option --lodu; did you mean --loud?")
        #expect(message("--LOUD") == "unknown option --LOUD; did you mean --loud?")
        #expect(message("--tim") == "unknown option --tim; did you mean --times?")
        #expect(message("--wholly-other") == "unknown option --wholly-other; --help lists what there is")
        #expect(message("-z") == "unknown option -z; --help lists what there is")
        #expect(message("-zlour") == "unknown option -z; --help lists what there is")
        #expect(message("-xolour") == "unknown option -x; did you mean --colour?")
    }

    @Test func `a missing value and one too many are refused`() {
        #expect(message("--color") == "--color needs a value: --color NAME")
        #expect(message("-c") == "--color needs a value: --color NAME")
        #expect(message("--loud=very") == "--loud takes no value")
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "abc", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1),
        ("kitten", "sitting", 3), ("ca", "abc", 3),
    ])
    func `the distance of two words is the number of slips`(_ a: String, _ b: String, _ distance: Int) {
        #expect(editDistance(a, b) == distance)
        #expect(editDistance(b, a) == distance)
    }

    @Test func `a very long word is near to nothing`() {
        #expect(nearest(to: String(repeating: "x", count: 100_000), in: ["color"]) == nil)
    }
}
