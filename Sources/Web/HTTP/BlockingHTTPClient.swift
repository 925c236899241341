import Glibc
import Network
import Reactor

/// A client of one server for programs without an event loop. Its calls block, each system call for a limited time.
package struct BlockingHTTPClient {
    package enum Failure: Error, Equatable {
        case unreachable(reason: String)
        case notHTTP
        case tooLong
    }

    package struct Response {
        package let status: HTTPStatus
        package let body: ArraySlice<UInt8>
    }

    private let host: String
    private let port: Int
    private let token: String?
    private let timeoutSeconds: Int
    private let maximumBytes: Int

    /// - Parameters:
    ///   - token: presented if there is one.
    ///   - maximumBytes: of a response, with its head.
    package init(host: String, port: Int, token: String? = nil, timeoutSeconds: Int, maximumBytes: Int) {
        self.host = host
        self.port = port
        self.token = token
        self.timeoutSeconds = timeoutSeconds
        self.maximumBytes = maximumBytes
    }

    package func get(_ path: String) throws(Failure) -> Response {
        let connection = try connect()
        // With HTTP/1.0 the end of the connection ends the response.
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let request = Array("GET \(path) HTTP/1.0\r\nHost: \(host):\(port)\r\n\(authorization)\r\n".utf8)
        guard send(connection.number, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw Self.unreachable(errno)
        }
        var response = try readAll(connection.number)[...]
        var parser = HTTPResponseHeadParser()
        guard let head = try? parser.next(&response) else { throw .notHTTP }
        return Response(status: head.status, body: response)
    }

    /// A connection whose calls time out.
    package func connect() throws(Failure) -> OwnedDescriptor {
        do {
            let address = try SocketAddress(host: host, port: UInt16(clamping: port))
            let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            let descriptor = try OwnedDescriptor(socket(address.family, type, 0), from: "socket")
            var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                setsockopt(descriptor.number, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
            }
            guard address.withPointer({ Glibc.connect(descriptor.number, $0, $1) }) == 0 else {
                throw Self.unreachable(errno)
            }
            return descriptor
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .unreachable(reason: "\(error)")
        }
    }

    private func readAll(_ descriptor: Int32) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Self.unreachable(errno)
            }
            bytes += chunk.prefix(count)
            guard bytes.count <= maximumBytes else { throw .tooLong }
        }
    }

    private static func unreachable(_ code: Int32) -> Failure { .unreachable(reason: SystemError.text(of: code)) }
}
