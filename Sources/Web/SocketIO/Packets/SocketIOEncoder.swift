import JSON

/// Writes packets of the server.
package enum SocketIOEncoder {
    /// An event. `write` writes its arguments.
    /// - Parameter id: set if the client must acknowledge it.
    package static func event(
        _ name: String, namespace: String = "/", id: UInt64? = nil, attachments: [ArraySlice<UInt8>] = [],
        style: JSONStyle = .compact, _ delivery: EngineOutput.Delivery, _ write: (inout JSONWriter) -> Void
    ) -> EngineOutput {
        let kind = attachments.isEmpty ? SocketIOPacket.Kind.event : .binaryEvent
        let prefix = SocketIOPacket.prefix(kind, namespace, id: id, attachments: attachments.count)
        var writer = JSONWriter(style, appendingTo: prefix)
        writer.beginArray()
        writer.string(name)
        write(&writer)
        writer.endArray()
        return EngineOutput(packet: writer.finish(), attachments: attachments, delivery)
    }

    package static func acknowledgement(
        _ id: UInt64, namespace: String, attachments: [ArraySlice<UInt8>], style: JSONStyle,
        _ write: (inout JSONWriter) -> Void
    ) -> EngineOutput {
        let kind = attachments.isEmpty ? SocketIOPacket.Kind.acknowledgement : .binaryAcknowledgement
        let prefix = SocketIOPacket.prefix(kind, namespace, id: id, attachments: attachments.count)
        var writer = JSONWriter(style, appendingTo: prefix)
        writer.beginArray()
        write(&writer)
        writer.endArray()
        return EngineOutput(packet: writer.finish(), attachments: attachments, .reply)
    }

    /// The client is connected to the namespace.
    static func connected(_ namespace: String, sid: String) -> EngineOutput {
        object(.connect, namespace) { $0.member("sid", sid) }
    }

    /// The client may not connect.
    static func connectError(_ namespace: String, _ message: String) -> EngineOutput {
        object(.connectError, namespace) { $0.member("message", message) }
    }

    static func disconnect(_ namespace: String) -> EngineOutput {
        EngineOutput(packet: SocketIOPacket.prefix(.disconnect, namespace), .reply)
    }

    private static func object(
        _ kind: SocketIOPacket.Kind, _ namespace: String, _ write: (inout JSONWriter) -> Void
    ) -> EngineOutput {
        var writer = JSONWriter(.compact, appendingTo: SocketIOPacket.prefix(kind, namespace))
        writer.beginObject()
        write(&writer)
        writer.endObject()
        return EngineOutput(packet: writer.finish(), .reply)
    }
}
