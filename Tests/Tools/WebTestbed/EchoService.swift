import Reactor
import Web

/// Sends every message back.
@ReactorActor
final class EchoService: WebSocketService {
    let settings: WebSocketSettings
    let deflater = Deflater(threshold: 1)

    init() {
        var settings = WebSocketSettings()
        settings.handshake = WebSocketHandshake.Options(
            deflate: PerMessageDeflate.Settings(clientNoContextTakeover: false))
        settings.limits = WebSocketLimits(messageBytes: 32 << 20)
        self.settings = settings
    }

    func connected(_: WebSocketClient) {}

    func receive(_ message: WebSocketMessage, from client: WebSocketClient) {
        client.send(message)
    }

    func disconnected(_: WebSocketClient) {}

    func notice(ofDropped _: Int) -> [UInt8]? { nil }
}
