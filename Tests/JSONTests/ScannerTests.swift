import JSON
import Testing

@Suite("JSON object scanner") struct ScannerTests {
    private static let heart =
        #"{"user":1,"bpm":76.5,"timestamp":1234567890,"signal_strength":-45,"finger_detected":true,"sensor_type":"MAX\n30102","x":{"a":[1,{}]},"n":null}"#

    @Test("gives each member with its kind, place and value")
    func members() throws {
        var scanner = try JSONObjectScanner(Array(Self.heart.utf8))
        var seen: [String] = []
        while let member = try scanner.next() {
            seen.append(String(decoding: scanner.raw(member.key) + [0x3A] + scanner.raw(member.value), as: UTF8.self))
            let key = scanner.string(member.key)
            switch key {
            case "user": #expect(scanner.integer(member.value) == 1 && scanner.double(member.value) == 1)
            case "bpm": #expect(scanner.integer(member.value) == nil && scanner.double(member.value) == 76.5)
            case "signal_strength": #expect(scanner.integer(member.value) == -45)
            case "finger_detected": #expect(scanner.boolean(member.value) == true)
            case "sensor_type":
                #expect(scanner.string(member.value) == "MAX\n30102")
                #expect(scanner.isText(member.value, "MAX\n30102"))
                #expect(member.value.isEscaped)
                #expect(scanner.double(member.value) == nil)
            case "x":
                #expect(member.value.kind == .object)
                #expect(String(decoding: scanner.raw(member.value), as: UTF8.self) == #"{"a":[1,{}]}"#)
            case "n": #expect(member.value.kind == .null)
            default: break
            }
        }
        #expect("{" + seen.joined(separator: ",") + "}" == Self.heart)
        #expect(try scanner.next() == nil)
    }

    @Test("keys are compared by what they say, not by how they are escaped")
    func escapedKeys() throws {
        var scanner = try JSONObjectScanner(Array(#"{"\u0062pm":1,"bpm":2,"bp":3,"bpmx":4,"bpM":5}"#.utf8))
        var matches: [Int64?] = []
        while let member = try scanner.next() {
            guard scanner.isText(member.key, "bpm") else { continue }
            matches.append(scanner.integer(member.value))
        }
        #expect(matches == [1, 2])
    }

    @Test("refuses exactly what the tree reader refuses, at the same place", arguments: SyntaxTests.refused.map(\.0))
    func agreesOnRefusal(text: String) {
        for document in ["{\(text)}", "{\"k\":\(text)}", "{\"k\":[\(text)]}", "{\"k\":{\"a\":\(text)}}"] {
            var treeError: JSONError?
            do { _ = try parse(document) } catch { treeError = error as? JSONError }
            var scanError: JSONError?
            do { _ = try scanAll(document) } catch { scanError = error as? JSONError }
            #expect(treeError == scanError)
        }
    }

    @Test("accepts every valid value as a member", arguments: SyntaxTests.accepted.map(\.0))
    func agreesOnAcceptance(text: String) throws {
        #expect(try scanAll("{\"k\":\(text)}") == 1)
    }

    @Test("JSON of another kind is named as such", arguments: ["[1,2]", "5", "\"x\"", "null", " true "])
    func notAnObject(text: String) {
        let error = thrownError { try JSONObjectScanner(Array(text.utf8)) }
        #expect(error?.reason == .notAnObject)
    }

    private func scanAll(_ text: String) throws -> Int {
        var scanner = try JSONObjectScanner(Array(text.utf8), limits: .standard)
        var count = 0
        while try scanner.next() != nil { count += 1 }
        return count
    }
}
