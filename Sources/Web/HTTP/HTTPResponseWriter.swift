import Clocks

extension HTTPResponse {
    /// `HTTP/1.1 100 Continue`, for a client that waits for it before it sends its body.
    package static func appendContinue(to output: inout [UInt8]) {
        output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
    }

    /// Appends the whole response. `toHead` is the answer to a HEAD request: the same head, without the body.
    package func append(
        to output: inout [UInt8], toHead: Bool = false, version: HTTPVersion = .http11, persistence: HTTPPersistence,
        date: WallTime
    ) {
        appendHead(to: &output, version: version, persistence: persistence, date: date)
        if !toHead, !status.forbidsBody { output.append(contentsOf: body) }
    }

    /// A part of a body whose length is not known when it begins; an empty one is its end.
    static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        var chunk = Array(String(bytes.count, radix: 16).utf8)
        chunk.reserveCapacity(bytes.count + 16)
        chunk.append(contentsOf: "\r\n".utf8)
        chunk.append(contentsOf: bytes)
        chunk.append(contentsOf: "\r\n".utf8)
        return chunk
    }

    /// Appends status line, headers and the empty line. Content-Length, Transfer-Encoding, Date and Connection are decided
    /// here; fields of these names among the response's own are left out, but for the Connection of a 101.
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
            // HTTP/1.0 knows no chunks: there the body ends with the connection.
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
