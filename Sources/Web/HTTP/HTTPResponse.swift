import Clocks

package struct HTTPResponse: Hashable, Sendable {
    package var status: HTTPStatus
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// A streamed body, used instead of `body`.
    package var stream: HTTPBodyStream?

    package init(_ status: HTTPStatus, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func bytes(_ body: [UInt8], _ type: MediaType, status: HTTPStatus = .ok) -> Self {
        var response = Self(status, body: body)
        response.headers.add("Content-Type", type.text)
        return response
    }

    /// A streamed body.
    package static func stream(_ stream: HTTPBodyStream, _ type: MediaType) -> Self {
        var response = Self(.ok)
        response.headers.add("Content-Type", type.text)
        response.stream = stream
        return response
    }

    package static func text(_ text: String, status: HTTPStatus = .ok) -> Self {
        bytes(Array(text.utf8), .plainText, status: status)
    }

    package static func html(_ text: String, status: HTTPStatus = .ok) -> Self {
        bytes(Array(text.utf8), .html, status: status)
    }

    /// `body` is already JSON.
    package static func json(_ body: [UInt8], status: HTTPStatus = .ok) -> Self {
        bytes(body, .json, status: status)
    }

    package static func redirect(to location: String, status: HTTPStatus = .found) -> Self {
        var response = Self(status)
        response.headers.add("Location", location)
        return response
    }

    /// 405 with the allowed methods.
    package static func methodNotAllowed(allow methods: [HTTPMethod]) -> Self {
        let names = methods.map(\.rawValue).joined(separator: ", ")
        var response = text("Allowed methods: \(names)\n", status: .methodNotAllowed)
        response.headers.add("Allow", names)
        return response
    }

    /// The response to an invalid request. The connection closes after it.
    package static func error(_ error: HTTPError) -> Self {
        text(error.text + "\n", status: error.status)
    }
}

extension HTTPResponse {
    /// `HTTP/1.1 100 Continue`, for a client that waits for it before it sends its body.
    package static func appendContinue(to output: inout [UInt8]) {
        output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
    }

    /// Appends the whole response. `toHead`: it answers a HEAD request, so the body is omitted.
    package func append(
        to output: inout [UInt8], toHead: Bool = false, version: HTTPVersion = .http11, persistence: HTTPPersistence,
        date: WallTime
    ) {
        appendHead(to: &output, version: version, persistence: persistence, date: date)
        if !toHead, !status.forbidsBody { output.append(contentsOf: body) }
    }

    /// A chunk of a body of unknown length; an empty chunk is its end.
    static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        var chunk = Array(String(bytes.count, radix: 16).utf8)
        chunk.reserveCapacity(bytes.count + 16)
        chunk.append(contentsOf: "\r\n".utf8)
        chunk.append(contentsOf: bytes)
        chunk.append(contentsOf: "\r\n".utf8)
        return chunk
    }

    /// Appends status line, headers and the empty line. Content-Length, Transfer-Encoding, Date and Connection are set
    /// here; the response's own fields of these names are omitted, except Connection of a 101.
    package func appendHead(
        to output: inout [UInt8], version: HTTPVersion = .http11, persistence: HTTPPersistence, date: WallTime
    ) {
        output.append(contentsOf: "HTTP/1.1 ".utf8)
        Self.append(status.code, to: &output)
        output.append(0x20)
        output.append(contentsOf: status.phrase.utf8)
        output.append(contentsOf: "\r\nDate: ".utf8)
        HTTPDate.append(date, to: &output)
        output.append(contentsOf: "\r\n".utf8)
        let isUpgrade = status == .switchingProtocols
        headers.appendLines(to: &output) { name in
            name.equalsIgnoringCase("Content-Length") || name.equalsIgnoringCase("Transfer-Encoding")
                || name.equalsIgnoringCase("Date") || (name.equalsIgnoringCase("Connection") && !isUpgrade)
        }
        if stream != nil {
            // HTTP/1.0 has no chunks: the end of the connection is the end of the body.
            if version == .http11 { output.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8) }
        } else if !status.forbidsBody {
            output.append(contentsOf: "Content-Length: ".utf8)
            Self.append(body.count, to: &output)
            output.append(contentsOf: "\r\n".utf8)
        }
        if !isUpgrade {
            switch persistence {
            case .close: output.append(contentsOf: "Connection: close\r\n".utf8)
            case .announcedKeepAlive: output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
            case .keepAlive: break
            }
        }
        output.append(contentsOf: "\r\n".utf8)
    }

    private static func append(_ number: Int, to output: inout [UInt8]) {
        output.append(contentsOf: String(number).utf8)
    }
}

/// The preferred HTTP date format: `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
    package static func append(_ time: WallTime, to bytes: inout [UInt8]) {
        let date = CivilDate(time)
        let nanosecondsPerDay: Int64 = 86_400_000_000_000
        let (days, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: nanosecondsPerDay)
        // 1970-01-01 was a Thursday; before it, a partial day counts as a full one.
        let weekday = Int(((days - (rest < 0 ? 1 : 0) + 4) % 7 + 7) % 7)
        append(name: weekday, of: "SunMonTueWedThuFriSat", to: &bytes)
        bytes.append(contentsOf: ", ".utf8)
        append(date.day, to: &bytes)
        bytes.append(0x20)
        append(name: date.month - 1, of: "JanFebMarAprMayJunJulAugSepOctNovDec", to: &bytes)
        bytes.append(0x20)
        append(date.year / 100, to: &bytes)
        append(date.year % 100, to: &bytes)
        bytes.append(0x20)
        append(date.hour, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(date.minute, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(date.second, to: &bytes)
        bytes.append(contentsOf: " GMT".utf8)
    }

    package static func string(_ time: WallTime) -> String {
        var bytes: [UInt8] = []
        append(time, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ twoDigits: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "0") + UInt8(twoDigits / 10 % 10))
        bytes.append(UInt8(ascii: "0") + UInt8(twoDigits % 10))
    }

    private static func append(name index: Int, of names: StaticString, to bytes: inout [UInt8]) {
        names.withUTF8Buffer { bytes.append(contentsOf: $0[(index * 3)..<(index * 3 + 3)]) }
    }
}
