import Reactor
import Web

/// The socket of a person. A person who does not exist is created when the client may read, not by a handshake that has
/// presented no token yet.
@ReactorActor
final class HeartbeatSocket: WebSocketService {
    private let name: String
    private let persons: HeartbeatPersons
    private var person: HeartbeatPerson?

    init(_ name: String, of persons: HeartbeatPersons) {
        self.name = name
        self.persons = persons
    }

    var settings: WebSocketSettings { persons.standard.settings }
    var deflater: Deflater? { persons.standard.deflater }

    func connected(_ client: WebSocketClient) {
        do throws(HeartbeatError) {
            let person = try persons.person(name)
            self.person = person
            person.connected(client)
        } catch {
            client.close(.tryAgainLater, reason: "There are too many persons")
        }
    }

    func receive(_ message: WebSocketMessage, from client: WebSocketClient) {
        person?.receive(message, from: client)
    }

    func disconnected(_ client: WebSocketClient) { person?.disconnected(client) }

    func notice(ofDropped messages: Int) -> [UInt8]? { person?.notice(ofDropped: messages) }
}
