import Clocks
import JSON
import Reactor

/// Serves one namespace of a Socket.IO server.
@ReactorActor
package protocol SocketIOService: AnyObject {
    /// Why the client may not connect; nil if it may.
    /// - Parameter auth: the object that it sent; empty if it sent none.
    func reject(_ socket: SocketIOSocket, auth: ArraySlice<UInt8>) -> String?
    func connected(_ socket: SocketIOSocket, auth: ArraySlice<UInt8>)
    func receive(_ event: SocketIOEvent, from socket: SocketIOSocket)
    /// The client sent an event whose JSON cannot be used.
    func receive(unusable error: JSONError, from socket: SocketIOSocket)
    /// Called once for every connected socket, as the last call.
    func disconnected(_ socket: SocketIOSocket)
}

extension SocketIOService {
    package func reject(_: SocketIOSocket, auth _: ArraySlice<UInt8>) -> String? { nil }
    package func receive(unusable _: JSONError, from _: SocketIOSocket) {}
}

/// The options of a Socket.IO server.
package struct SocketIOSettings: Sendable {
    package var limits = SocketIOLimits()
    /// How long a client may be connected to no namespace.
    package var connectTimeout = Nanoseconds.seconds(45)
    /// How long an announced attachment may be missing.
    package var attachmentTimeout = Nanoseconds.seconds(20)
    package var style = JSONStyle.compact

    package init() {}
}

/// The protocol above Engine.IO: which namespaces there are, and how their packets are written.
@ReactorActor
package final class SocketIOServer: EngineService {
    let settings: SocketIOSettings
    let services: [String: any SocketIOService]

    /// - Parameter services: by namespace; `/` is the main one.
    package init(_ settings: SocketIOSettings, services: [String: any SocketIOService]) {
        self.settings = settings
        self.services = services
    }

    package func handler(for connection: EngineConnection) -> any EngineHandler {
        SocketIOClient(connection, self)
    }
}
