import Network
import Reactor

/// One WebSocket of an Engine.IO server: a session of its own, or the upgrade of a polling one.
@ReactorActor
final class EngineWebSocket: WebSocketService {
    enum Purpose {
        case opening
        case upgrading(EngineConnection)
    }

    private let server: EngineServer
    private let purpose: Purpose
    private var connection: EngineConnection?

    init(_ server: EngineServer, _ purpose: Purpose) {
        self.server = server
        self.purpose = purpose
    }

    var settings: WebSocketSettings { server.webSocketSettings }
    var deflater: Deflater? { nil }

    func connected(_ client: WebSocketClient) {
        switch purpose {
        case .upgrading(let connection):
            self.connection = connection
            connection.beginUpgrade(client)
        case .opening:
            connection = server.open(client.peer, over: client, client.access)
            guard connection == nil else { return }
            server.metrics.countReject(.tooManySessions)
            client.close(.tryAgainLater, reason: "The limit of sessions is reached")
        }
    }

    func receive(_ message: WebSocketMessage, from client: WebSocketClient) {
        connection?.receive(message, over: client)
    }

    func disconnected(_ client: WebSocketClient) {
        connection?.webSocketClosed(client)
        connection = nil
    }

    var checksTokens: Bool { true }
    func notice(ofDropped _: Int) -> [UInt8]? { nil }
}
