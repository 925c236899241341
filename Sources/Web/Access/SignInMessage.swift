import JSON
import Reactor

/// The first message of a WebSocket client, `{"type":"auth","token":"…"}`, for clients that can send no headers.
@ReactorActor
enum SignInMessage {
    private static let maximumBytes = 1_024

    /// The token; nil for any other message, which is the service's.
    static func token(in message: WebSocketMessage) -> String? {
        guard message.kind == .text, message.bytes.first == UInt8(ascii: "{"), message.bytes.count <= maximumBytes,
            let members = try? JSONMembers(parsing: message.bytes),
            members["type"].flatMap(members.string) == "auth"
        else { return nil }
        return members["token"].flatMap(members.string) ?? ""
    }

    static func reply(to access: ClientAccess) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if let role = access.role, let token = access.token {
            writer.member("type", "authenticated")
            writer.member("role", role.rawValue)
            writer.member("name", token.name)
        } else {
            let reject = access.tokenReject
            writer.member("type", "error")
            writer.member("error", reject.message)
            writer.member("reason", reject.rawValue)
        }
        writer.endObject()
        return writer.finish()
    }
}
