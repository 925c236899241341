import Configuration
import Glibc
import Network
import Reactor
import Web

/// Asks a running gateway something, and waits for the answer.
enum GatewayClient {
    struct Response {
        let status: Int
        let body: [UInt8]
    }

    enum ClientError: Error, CustomStringConvertible {
        case unreachable(HTTPAddress, why: String)
        case invalidResponse(HTTPAddress, why: String)

        var description: String {
            switch self {
            case .unreachable(let address, let why):
                "no gateway can be reached at http://\(address.host):\(address.port) (\(why)); is it running there?"
            case .invalidResponse(let address, let why):
                "what answers at http://\(address.host):\(address.port) is no gateway: \(why)"
            }
        }
    }

    private static let timeoutSeconds = 10
    private static let maximumResponseBytes = 8 << 20

    static func get(_ path: String, at address: HTTPAddress) throws -> Response {
        let connection = try connect(to: address)
        // The older version of the protocol ends the answer with the connection.
        let request = Array("GET \(path) HTTP/1.0\r\nHost: \(address.host):\(address.port)\r\n\r\n".utf8)
        guard send(connection.number, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw ClientError.unreachable(address, why: SystemError.text(of: errno))
        }
        let bytes = try readAll(connection.number, address)
        var rest = bytes[...]
        var parser = HTTPResponseHeadParser()
        guard let head = try? parser.next(&rest) else {
            throw ClientError.invalidResponse(address, why: "it speaks no HTTP")
        }
        return Response(status: head.status.code, body: Array(rest))
    }

    private static func connect(to address: HTTPAddress) throws -> OwnedDescriptor {
        let place: SocketAddress
        do {
            place = try SocketAddress(host: address.host, port: UInt16(clamping: address.port))
        } catch {
            throw ClientError.unreachable(address, why: "\(error)")
        }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = try OwnedDescriptor(socket(place.family, type, 0), from: "socket")
        var patience = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor.number, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        guard place.withPointer({ Glibc.connect(descriptor.number, $0, $1) }) == 0 else {
            throw ClientError.unreachable(address, why: SystemError.text(of: errno))
        }
        return descriptor
    }

    private static func readAll(_ descriptor: Int32, _ address: HTTPAddress) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw ClientError.unreachable(address, why: SystemError.text(of: errno))
            }
            bytes += piece.prefix(count)
            guard bytes.count <= maximumResponseBytes else {
                throw ClientError.invalidResponse(address, why: "its answer has no end")
            }
        }
    }
}
