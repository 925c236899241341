import Configuration
import Glibc
import Network
import Reactor
import Web

/// A blocking HTTP client for a running gateway.
enum GatewayClient {
    struct Response {
        let status: Int
        let body: [UInt8]
    }

    enum ClientError: Error, CustomStringConvertible {
        case unreachable(HTTPAddress, reason: String)
        case invalidResponse(HTTPAddress, reason: String)

        var description: String {
            switch self {
            case .unreachable(let address, let reason):
                "no gateway is reachable at http://\(address.host):\(address.port) (\(reason)); is it running there?"
            case .invalidResponse(let address, let reason):
                "the server at http://\(address.host):\(address.port) is not a gateway: \(reason)"
            }
        }
    }

    /// Why there is no connection, in a few words.
    static func reason(of error: any Error) -> String {
        if case ClientError.unreachable(_, let reason) = error { "cannot connect (\(reason))" } else { "\(error)" }
    }

    /// The address of a gateway with this configuration, as seen from this machine.
    static func address(_ configuration: Configuration) -> HTTPAddress {
        let host = configuration.http.host
        let isEverywhere = host.isEmpty || host == "0.0.0.0" || host == "::"
        return HTTPAddress(host: isEverywhere ? "127.0.0.1" : host, port: configuration.http.port)
    }

    private static let timeoutSeconds = 10
    private static let maximumResponseBytes = 8 << 20

    /// - Parameter token: presented if there is one.
    static func get(_ path: String, at address: HTTPAddress, token: String?) throws -> Response {
        let connection = try connect(to: address)
        // With HTTP/1.0 the end of the connection ends the response.
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let request = Array(
            "GET \(path) HTTP/1.0\r\nHost: \(address.host):\(address.port)\r\n\(authorization)\r\n".utf8)
        guard send(connection.number, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw ClientError.unreachable(address, reason: SystemError.text(of: errno))
        }
        let bytes = try readAll(connection.number, address)
        var rest = bytes[...]
        var parser = HTTPResponseHeadParser()
        guard let head = try? parser.next(&rest) else {
            throw ClientError.invalidResponse(address, reason: "its response is not HTTP")
        }
        return Response(status: head.status.code, body: Array(rest))
    }

    /// A connection whose calls time out.
    static func connect(to address: HTTPAddress) throws -> OwnedDescriptor {
        let socketAddress: SocketAddress
        do {
            socketAddress = try SocketAddress(host: address.host, port: UInt16(clamping: address.port))
        } catch {
            throw ClientError.unreachable(address, reason: "\(error)")
        }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = try OwnedDescriptor(socket(socketAddress.family, type, 0), from: "socket")
        var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor.number, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
        guard socketAddress.withPointer({ Glibc.connect(descriptor.number, $0, $1) }) == 0 else {
            throw ClientError.unreachable(address, reason: SystemError.text(of: errno))
        }
        return descriptor
    }

    private static func readAll(_ descriptor: Int32, _ address: HTTPAddress) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw ClientError.unreachable(address, reason: SystemError.text(of: errno))
            }
            bytes += chunk.prefix(count)
            guard bytes.count <= maximumResponseBytes else {
                throw ClientError.invalidResponse(
                    address, reason: "its response is longer than \(maximumResponseBytes) bytes")
            }
        }
    }
}
