// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import Testing

@Suite struct ConnectArgumentsTests {
    @Test func `values of every kind are read`() throws {
        #expect(
            try ConnectArguments.values(librtmp: ["B:1", "B:0", "N:1.5", "S:a:b", "S:", "Z:"])
                == [.boolean(true), .boolean(false), .number(1.5), "a:b", "", .null])
        #expect(try ConnectArguments.values(librtmp: []) == [])
    }

    @Test func `objects hold named values, and objects`() throws {
        let values = try ConnectArguments.values(librtmp: [
            "S:x", "O:1", "NN:code:1.23", "NS:flag:o:k", "NO:inner:1", "NB:deep:1", "O:0", "NZ:none:", "O:0", "N:2",
        ])
        #expect(
            values == [
                "x", ["code": 1.23, "flag": "o:k", "inner": ["deep": true], "none": .null], .number(2),
            ])
    }

    @Test(arguments: [
        (["S"], 1), (["x"], 1), ([""], 1), (["B:2"], 1), (["N:x"], 1), (["Q:1"], 1), (["SS:a"], 1), (["NS:a:b"], 1),
        (["S:a", "O:0"], 2), (["O:1"], 1), (["O:1", "S:a"], 2), (["O:1", "XS:a:b", "O:0"], 2), (["O:2"], 1),
        (["O:1", "NO:a:2"], 2),
    ])
    func `what cannot be read is refused with its position`(_ texts: [String], _ position: Int) {
        let error = #expect(throws: ConnectArgumentError.self) { try ConnectArguments.values(librtmp: texts) }
        #expect(error?.position == position)
    }

    @Test func `objects in objects have a limit`() {
        let texts = ["O:1"] + Array(repeating: "NO:a:1", count: ConnectArguments.maximumDepth)
        let error = #expect(throws: ConnectArgumentError.self) { try ConnectArguments.values(librtmp: texts) }
        #expect(error?.position == ConnectArguments.maximumDepth + 1)
    }

    @Test func `an error does not repeat what may be a password`() {
        let error = #expect(throws: ConnectArgumentError.self) { try ConnectArguments.values(librtmp: ["SECRET"]) }
        #expect(error?.description == "connect argument 1 is not readable: write S:value")
    }
}
