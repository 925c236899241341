import Configuration
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

    private static let maximumResponseBytes = 8 << 20

    /// - Parameter token: presented if there is one.
    static func get(_ path: String, at address: HTTPAddress, token: String?) throws(ClientError) -> Response {
        do throws(BlockingHTTPClient.Failure) {
            let response = try client(of: address, token: token).get(path)
            return Response(status: response.status.code, body: Array(response.body))
        } catch {
            throw Self.error(error, address)
        }
    }

    /// A connection whose calls time out.
    static func connect(to address: HTTPAddress) throws(ClientError) -> OwnedDescriptor {
        do throws(BlockingHTTPClient.Failure) {
            return try client(of: address, token: nil).connect()
        } catch {
            throw Self.error(error, address)
        }
    }

    private static func client(of address: HTTPAddress, token: String?) -> BlockingHTTPClient {
        BlockingHTTPClient(
            host: address.host, port: address.port, token: token, timeoutSeconds: 10,
            maximumBytes: maximumResponseBytes)
    }

    private static func error(_ failure: BlockingHTTPClient.Failure, _ address: HTTPAddress) -> ClientError {
        switch failure {
        case .unreachable(let reason): .unreachable(address, reason: reason)
        case .notHTTP: .invalidResponse(address, reason: "its response is not HTTP")
        case .tooLong:
            .invalidResponse(address, reason: "its response is longer than \(maximumResponseBytes) bytes")
        }
    }
}
