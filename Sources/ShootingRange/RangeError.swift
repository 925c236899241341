import JSON

/// Why a request to the range failed.
package enum RangeError: Error, Hashable, Sendable {
    /// Does not exist.
    case unknown(String)
    /// The request is invalid.
    case invalid(String)
    /// Not possible in the current state.
    case conflict(String)
    /// A required component is not available.
    case unavailable(String)

    package var text: String {
        switch self {
        case .unknown(let text), .invalid(let text), .conflict(let text), .unavailable(let text): text
        }
    }
}

/// Reads the members of a request's object. Unknown members are rejected, so that misspelt names are noticed.
package struct RequestMembers {
    private let object: JSONObject

    package init(_ object: JSONObject, known: [String]) throws(RangeError) {
        for member in object.members where !known.contains(member.key) {
            throw .invalid("unknown member \"\(member.key)\"; known: \(known.joined(separator: ", "))")
        }
        self.object = object
    }

    func has(_ name: String) -> Bool { object[name] != nil }

    /// Nil if missing; the inner nil if null.
    package func text(_ name: String, longest: Int = 200) throws(RangeError) -> String?? {
        guard let value = object[name] else { return .none }
        if value.isNull { return .some(nil) }
        guard let text = value.stringValue, text.utf8.count <= longest,
            !text.unicodeScalars.contains(where: \.isControl)
        else { throw .invalid("\"\(name)\" must be a string of at most \(longest) bytes on one line, or null") }
        return .some(text)
    }

    package func number(_ name: String, in range: ClosedRange<Double>) throws(RangeError) -> Double? {
        guard let value = object[name] else { return nil }
        guard let number = value.doubleValue, range.contains(number) else {
            throw .invalid("\"\(name)\" must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    package func numbers(_ name: String, in range: ClosedRange<Double>, atMost count: Int) throws(RangeError)
        -> [Double]?
    {
        guard let value = object[name] else { return nil }
        let numbers = value.arrayValue?.compactMap(\.doubleValue) ?? []
        guard let array = value.arrayValue, array.count == numbers.count, numbers.count <= count,
            numbers.allSatisfy(range.contains)
        else {
            throw .invalid(
                "\"\(name)\" must be at most \(count) numbers from \(range.lowerBound) to \(range.upperBound)")
        }
        return numbers
    }

    func texts(_ name: String, atMost count: Int) throws(RangeError) -> [String]? {
        guard let value = object[name] else { return nil }
        let texts = value.arrayValue?.compactMap(\.stringValue) ?? []
        guard let array = value.arrayValue, array.count == texts.count, texts.count <= count else {
            throw .invalid("\"\(name)\" must be at most \(count) strings in an array")
        }
        return texts
    }

    package func object(_ name: String) throws(RangeError) -> JSONObject? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let object = value.objectValue else { throw .invalid("\"\(name)\" must be an object") }
        return object
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
