import Clocks
import Drivers
import Events
import JSON
import Reactor
import ShootingRange
import Web

/// Why a request of a page is rejected: the status, and the sentence that the page shows.
struct PageError: Error, Hashable, Sendable {
    let status: HTTPStatus
    let text: String

    init(_ status: HTTPStatus, _ text: String) {
        self.status = status
        self.text = text
    }

    init(_ error: RangeError) {
        switch error {
        case .unknown: status = .notFound
        case .invalid: status = .badRequest
        case .conflict: status = .conflict
        case .unavailable: status = .serviceUnavailable
        }
        text = error.text
    }

    static func invalid(_ text: String) -> Self { Self(.badRequest, text) }
    static func unknown(_ text: String) -> Self { Self(.notFound, text) }

    /// Some pages show `error`, others `detail`.
    var response: HTTPResponse {
        .object(status: status) { writer in
            writer.member("error", shown: text)
            writer.member("detail", shown: text)
        }
    }
}

extension HTTPResponse {
    /// A rejection by the web server itself, in the form that pages show: the text of a JSON object's `error`, or the plain
    /// text.
    static func pageRejection(_ response: HTTPResponse) -> HTTPResponse {
        let text =
            (try? JSONValue(parsing: response.body))?["error"]?.stringValue
            ?? String(decoding: response.body.prefix { $0 != 0x0A }, as: UTF8.self)
        var rejection = response
        rejection.body = PageError(response.status, text).response.body
        rejection.headers.set("Content-Type", "application/json")
        return rejection
    }
}

/// Text for pages that put it into their HTML, and into quoted script, without escaping it.
enum PageText {
    /// Replaces what has a meaning in HTML or in a quoted string. Names come from devices in radio range and from people.
    static func shown(_ text: String) -> String {
        // Nearly every text is plain, which its bytes show quickly.
        guard text.utf8.contains(where: isSuspicious) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { replacements[$0] ?? $0 }))
    }

    private static func isSuspicious(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "\""), UInt8(ascii: "'"),
            UInt8(ascii: "`"), UInt8(ascii: "\\"), 0x80...:
            true
        default: false
        }
    }

    private static let replacements: [Unicode.Scalar: Unicode.Scalar] = [
        "<": "\u{2039}", ">": "\u{203A}", "&": "+", "\"": "\u{201D}", "'": "\u{2019}", "`": "\u{2019}",
        "\\": "/", "\u{2028}": " ", "\u{2029}": " ",
    ]
}

extension JSONWriter {
    /// A member with text for a page.
    mutating func member(_ name: StaticString, shown text: String) {
        member(name, PageText.shown(text))
    }

    mutating func member(_ name: StaticString, shownOrNull text: String?) {
        member(name, orNull: text.map { PageText.shown($0) })
    }

    mutating func member(_ name: StaticString, secondsOrNull span: Nanoseconds?) {
        key(name)
        if let span { number(span.inSeconds) } else { null() }
    }

    /// A member that is an object.
    mutating func object(_ name: StaticString, _ write: (inout JSONWriter) -> Void) {
        key(name)
        beginObject()
        write(&self)
        endObject()
    }

    /// A member that is an array of objects.
    mutating func objects<Element>(
        _ name: StaticString, _ elements: some Sequence<Element>, _ write: (Element, inout JSONWriter) -> Void
    ) {
        array(name, elements) { element, writer in
            writer.beginObject()
            write(element, &writer)
            writer.endObject()
        }
    }
}

/// The members of a request. Unlike the gateway's own API, these paths ignore members that they do not know.
struct PageRequest {
    private let members: JSONObject
    private let request: HTTPRequest

    /// An empty body counts as an empty object.
    init(_ request: HTTPRequest) throws(PageError) {
        self.request = request
        guard !request.body.isEmpty else {
            members = JSONObject()
            return
        }
        guard let object = (try? JSONValue(parsing: request.body))?.objectValue else {
            throw PageError(.unprocessableContent, "the body must be a JSON object")
        }
        members = object
    }

    subscript(name: String) -> JSONValue? { members[name] }

    /// A text that is not empty; nil if it is missing, null or empty.
    func text(_ name: String, longest: Int = 200) throws(PageError) -> String? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let text = value.stringValue, text.utf8.count <= longest,
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { throw .invalid("\(name) must be a text of at most \(longest) bytes on one line") }
        return text.isEmpty ? nil : text
    }

    func requiredText(_ name: String, longest: Int = 200) throws(PageError) -> String {
        guard let text = try text(name, longest: longest) else { throw .invalid("\(name) is required") }
        return text
    }

    /// Nil if it is missing or null.
    func number(_ name: String) throws(PageError) -> Int? {
        guard let value = members[name], !value.isNull else { return nil }
        // Select boxes send the text of a number.
        guard let number = value.integerValue ?? value.stringValue.flatMap({ Int64($0) }) else {
            throw .invalid("\(name) must be a whole number")
        }
        return Int(number)
    }

    func requiredNumber(_ name: String) throws(PageError) -> Int {
        guard let number = try number(name) else { throw .invalid("\(name) is required") }
        return number
    }

    func flag(_ name: String) -> Bool { members[name]?.booleanValue ?? false }
}

extension HTTPRequest {
    /// A whole number in the path.
    func number(_ parameter: String) throws(PageError) -> Int {
        guard let number = Int(parameters[parameter]) else {
            throw PageError(.unprocessableContent, "\(parameter) must be a whole number")
        }
        return number
    }

    /// A whole number in the query.
    func queryNumber(_ name: String, default value: Int, in range: ClosedRange<Int>) throws(PageError) -> Int {
        guard let text = head.query[name] else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw PageError(
                .unprocessableContent,
                "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

/// One path of the pages' API and how it is answered.
struct PageRoute {
    let method: HTTPMethod
    let path: String
    private let describe: @Sendable () -> RouteDescription
    let handle: @ReactorActor (HTTPRequest) throws(PageError) -> HTTPHandlerResult

    init(
        _ method: HTTPMethod, _ path: String, _ description: @autoclosure @escaping @Sendable () -> RouteDescription,
        _ reply: @escaping @ReactorActor (HTTPRequest) throws(PageError) -> HTTPResponse
    ) {
        self.method = method
        self.path = path
        describe = description
        handle = { request throws(PageError) in .response(try reply(request)) }
    }

    /// A reply that waits for something.
    static func waiting(
        _ method: HTTPMethod, _ path: String, _ description: @autoclosure @escaping @Sendable () -> RouteDescription,
        _ reply: @escaping @ReactorActor (HTTPRequest) async throws(PageError) -> HTTPResponse
    ) -> Self {
        Self(method: method, path: path, describe: description) { request throws(PageError) in
            .asyncResponse {
                do throws(PageError) {
                    return try await reply(request)
                } catch {
                    return error.response
                }
            }
        }
    }

    static func socket(
        _ path: String, _ description: @autoclosure @escaping @Sendable () -> RouteDescription,
        _ service: @escaping @ReactorActor (HTTPRequest) throws(PageError) -> any WebSocketService
    ) -> Self {
        Self(method: .get, path: path, describe: description) { request throws(PageError) in
            .webSocket(try service(request))
        }
    }

    private init(
        method: HTTPMethod, path: String, describe: @escaping @Sendable () -> RouteDescription,
        handle: @escaping @ReactorActor (HTTPRequest) throws(PageError) -> HTTPHandlerResult
    ) {
        self.method = method
        self.path = path
        self.describe = describe
        self.handle = handle
    }

    @ReactorActor
    func add(to routes: Router) {
        routes.add(method, path, describe()) { request in
            do throws(PageError) {
                return try handle(request)
            } catch {
                return .response(error.response)
            }
        }
    }
}
