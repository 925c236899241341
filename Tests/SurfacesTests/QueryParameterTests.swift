import Testing
import Web

@testable import Surfaces

@Suite("Query parameters of the heartbeat API") struct QueryParameterTests {
    @Test("whole numbers as Python reads them", arguments: ["72", "72.0", "%2B72", "0072", "7_2", "72.000", "1&n=72"])
    func integers(text: String) {
        var parameters = QueryParameters(HTTPQuery("n=\(text)"))
        #expect(parameters.integer("n") == 72)
        #expect(parameters.problems.isEmpty)
    }

    @Test(
        "what is not a whole number",
        arguments: ["", "abc", "72.5", "7__2", "_72", "72_", "0x48", "72.", "%2B-72", "99999999999999999999", "7 2"])
    func invalidIntegers(text: String) {
        var parameters = QueryParameters(HTTPQuery("n=\(text)"))
        _ = parameters.integer("n", default: 1)
        #expect(parameters.problems.map(\.type) == ["int_parsing"])
        #expect(
            parameters.problems.first?.message
                == "Input should be a valid integer, unable to parse string as an integer")
    }

    @Test(
        "truth as Python reads it",
        arguments: [
            ("true", true), ("1", true), ("YES", true), ("on", true), ("t", true), ("False", false), ("0", false),
            ("no", false), ("off", false), ("n", false),
        ])
    func flags(text: String, value: Bool) {
        var parameters = QueryParameters(HTTPQuery("f=\(text)"))
        #expect(parameters.flag("f") == value)
        #expect(parameters.problems.isEmpty)
    }

    @Test("every problem is reported, in the order of the parameters")
    func problems() {
        var parameters = QueryParameters(HTTPQuery("f=2&x=0x1p3"))
        _ = parameters.integer("n")
        _ = parameters.flag("f")
        _ = parameters.number("x")
        #expect(parameters.problems.map(\.type) == ["missing", "bool_parsing", "float_parsing"])
        #expect(parameters.problems.map(\.input) == [nil, "2", "0x1p3"])
    }
}
