import Configuration
import Glibc
import JSON
import MongoDBDocuments
import Network
import Reactor
import Web

/// Reads workouts from the gateway. Calls block.
struct GatewayReader {
    enum Failure: Error, CustomStringConvertible {
        case unreachable(String)
        case invalid(String)
        case status(Int)
        case tooLarge

        var description: String {
            switch self {
            case .unreachable(let reason): "the gateway is unreachable: \(reason)"
            case .invalid(let reason): "the response of the gateway is invalid: \(reason)"
            case .status(let status): "the gateway answered with status \(status)"
            case .tooLarge: "the response of the gateway is longer than \(GatewayReader.maximumBytes) bytes"
            }
        }
    }

    struct Page {
        let workouts: [JSONValue]
        /// Where the next page begins; nil if this is the last.
        let next: Int64?
    }

    static let pageSize = 200
    static let framesPerRequest = 100
    static let maximumBytes = 64 << 20
    private static let timeoutSeconds = 30
    private static let limits = JSONLimits(
        depth: 128, bytes: maximumBytes, stringBytes: maximumBytes, members: maximumBytes, numberBytes: 128)

    let address: HTTPAddress
    /// Nil if everybody may read.
    var token: String?

    /// Workouts, newest first.
    func list(before number: Int64?) throws -> Page {
        let answer = try get("/workouts?limit=\(Self.pageSize)" + (number.map { "&before=\($0)" } ?? ""))
        guard let workouts = answer["data"]?.arrayValue else { throw Failure.invalid("it has no \"data\"") }
        return Page(workouts: workouts, next: answer["next_before"]?.integerValue)
    }

    func workout(_ id: String) throws -> JSONObject {
        guard let workout = try get("/workouts/\(id)")["data"]?.objectValue else {
            throw Failure.invalid("it has no \"data\"")
        }
        return workout
    }

    func frames(of id: String, from first: Int64) throws -> [JSONValue] {
        let answer = try get("/workouts/\(id)/frames?from=\(first)&limit=\(Self.framesPerRequest)")
        guard let frames = answer["frames"]?.arrayValue else { throw Failure.invalid("it has no \"frames\"") }
        return frames
    }

    private func get(_ path: String) throws -> JSONValue {
        let bytes = try request(path)
        var rest = bytes[...]
        var parser = HTTPResponseHeadParser()
        guard let head = try? parser.next(&rest) else { throw Failure.invalid("it is not HTTP") }
        guard head.status == .ok else { throw Failure.status(head.status.code) }
        // A response that was cut off is not valid JSON.
        do throws(JSONError) {
            return try JSONValue(parsing: rest, limits: Self.limits)
        } catch {
            throw Failure.invalid("\(error)")
        }
    }

    private func request(_ path: String) throws -> [UInt8] {
        let connection = try connect()
        // With HTTP/1.0 the end of the connection ends the response.
        let credentials = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let request = Array(
            "GET \(path) HTTP/1.0\r\nHost: \(address.host):\(address.port)\r\n\(credentials)\r\n".utf8)
        guard send(connection.number, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw Failure.unreachable(SystemError.text(of: errno))
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(connection.number, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Failure.unreachable(SystemError.text(of: errno))
            }
            bytes += chunk.prefix(count)
            guard bytes.count <= Self.maximumBytes else { throw Failure.tooLarge }
        }
    }

    private func connect() throws -> OwnedDescriptor {
        let target: SocketAddress
        do {
            target = try SocketAddress(host: address.host, port: UInt16(clamping: address.port))
        } catch {
            throw Failure.unreachable("\(error)")
        }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = try OwnedDescriptor(socket(target.family, type, 0), from: "socket")
        var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor.number, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
        guard target.withPointer({ Glibc.connect(descriptor.number, $0, $1) }) == 0 else {
            throw Failure.unreachable(SystemError.text(of: errno))
        }
        return descriptor
    }
}
