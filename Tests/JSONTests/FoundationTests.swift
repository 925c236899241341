import Foundation
import JSON
import Testing

/// Compares with Foundation on random documents.
@Suite("JSON against Foundation") struct FoundationTests {
    private static let limits = JSONLimits(
        depth: 64, bytes: 1 << 20, stringBytes: 1 << 20, members: 1 << 20, numberBytes: 1_000)

    @Test("valid documents have the same meaning", arguments: [UInt64(1), 2, 3, 4])
    func validDocuments(seed: UInt64) throws {
        var documents = RandomDocuments(seed: seed)
        for _ in 0..<1_000 {
            let document = documents.valid()
            let ours = try JSONValue(parsing: document, limits: Self.limits)
            let theirs = try JSONSerialization.jsonObject(with: Data(document), options: .fragmentsAllowed)
            #expect(isSame(ours, theirs), "\(String(decoding: document, as: UTF8.self))")
        }
    }

    @Test("damaged documents are rejected by both or have the same meaning", arguments: [UInt64(11), 12, 13, 14])
    func damagedDocuments(seed: UInt64) {
        var documents = RandomDocuments(seed: seed)
        for _ in 0..<3_000 {
            let document = documents.damaged(documents.valid())
            let ours = Result { () throws(JSONError) in try JSONValue(parsing: document, limits: Self.limits) }
            let theirs = try? JSONSerialization.jsonObject(with: Data(document), options: .fragmentsAllowed)
            switch (ours, theirs) {
            case (.failure, nil): break
            case (.success(let ours), let theirs?): #expect(isSame(ours, theirs), "\(document)")
            case (.success, nil): Issue.record("only we accept \(document)")
            case (.failure(let error), _?):
                #expect(isKnownDifference(document, error), "only Foundation accepts \(document): \(error)")
            }
        }
    }

    /// Foundation accepts a comma after the last member of an object, and interprets text with zero bytes as UTF-16 or
    /// UTF-32. RFC 8259 allows neither.
    private func isKnownDifference(_ document: [UInt8], _ error: JSONError) -> Bool {
        let isTrailingComma =
            error.reason == .unexpectedCharacter && document[error.offset] == UInt8(ascii: "}")
            && document[..<error.offset].last { $0 > 0x20 } == UInt8(ascii: ",")
        return isTrailingComma || document.contains(0)
    }

    private func isSame(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .boolean(let truth): return (theirs as? Bool) == truth
        case .integer(let number): return (theirs as? NSNumber)?.int64Value == number
        case .number(let number):
            // Foundation reads many numbers as decimals, whose `doubleValue` is off by a few units in the last place.
            // `NumberTests` shows that ours are the nearest Doubles.
            guard let theirs = (theirs as? NSNumber)?.doubleValue else { return false }
            return abs(theirs - number) <= abs(number) * 1e-14
        case .string(let text): return (theirs as? String)?.utf8.elementsEqual(text.utf8) ?? false
        case .array(let elements):
            guard let theirs = theirs as? [Any] else { return false }
            return elements.count == theirs.count && zip(elements, theirs).allSatisfy { isSame($0, $1) }
        case .object(let object):
            guard let theirs = theirs as? [String: Any] else { return false }
            return object.count == theirs.count
                && object.members.allSatisfy { member in theirs[member.key].map { isSame(member.value, $0) } ?? false }
        }
    }
}
