import Configuration
import JSON
import MongoDBDocuments
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
        let response = try request(path)
        guard response.status == .ok else { throw Failure.status(response.status.code) }
        // A response that was cut off is not valid JSON.
        do throws(JSONError) {
            return try JSONValue(parsing: response.body, limits: Self.limits)
        } catch {
            throw Failure.invalid("\(error)")
        }
    }

    private func request(_ path: String) throws(Failure) -> BlockingHTTPClient.Response {
        let client = BlockingHTTPClient(
            host: address.host, port: address.port, token: token, timeoutSeconds: 30, maximumBytes: Self.maximumBytes)
        do throws(BlockingHTTPClient.Failure) {
            return try client.get(path)
        } catch {
            switch error {
            case .unreachable(let reason): throw .unreachable(reason)
            case .notHTTP: throw .invalid("it is not HTTP")
            case .tooLong: throw .tooLarge
            }
        }
    }
}
