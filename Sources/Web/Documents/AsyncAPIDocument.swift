import JSON

/// The AsyncAPI 3.0 document of the gateway: what it sends and receives by messages.
package struct AsyncAPIDocument: Sendable {
    package struct Server: Sendable {
        let name: String
        let host: String
        let scheme: String
        let text: String

        /// - Parameters:
        ///   - name: of letters, digits and underscores.
        ///   - scheme: `ws`, `udp` or `mqtt`.
        package init(_ name: String, host: String, scheme: String, _ text: String) {
            self.name = name
            self.host = host
            self.scheme = scheme
            self.text = text
        }
    }

    private struct Channel: Sendable {
        let name: String
        let server: String
        let address: String?
        let title: String
        let socket: SocketDescription
    }

    private var servers: [Server] = []
    private var channels: [Channel] = []

    package init() {}

    package mutating func add(_ server: Server) { servers.append(server) }

    /// Adds a channel of a server.
    /// - Parameter address: a path or a topic, which may contain parameters such as `{gateway}`; nil if there is none.
    package mutating func addChannel(
        _ address: String?, of server: Server, _ title: String, _ socket: SocketDescription
    ) {
        let words = (address ?? "").split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let name = ([server.name] + words.map(String.init)).joined(separator: "_")
        channels.append(
            Channel(name: name, server: server.name, address: address, title: title, socket: socket))
    }

    package func json(title: String, version: String, text: String) -> [UInt8] {
        var writer = JSONWriter()
        var schemas = JSONSchemaTable(location: "#/components/schemas/")
        writer.beginObject()
        writer.member("asyncapi", "3.0.0")
        writer.object("info") { writer in
            writer.member("title", title)
            writer.member("version", version)
            writer.member("description", text)
        }
        writer.member("defaultContentType", "application/json")
        writer.object("servers") { writer in
            for server in servers {
                writer.object(server.name) { writer in
                    writer.member("host", server.host)
                    writer.member("protocol", server.scheme)
                    writer.member("description", server.text)
                }
            }
        }
        writer.object("channels") { writer in
            for channel in channels { writer.object(channel.name) { write(channel, to: &$0, &schemas) } }
        }
        writer.object("operations") { writer in
            for channel in channels {
                writeOperation("send", channel, channel.socket.sent, to: &writer)
                writeOperation("receive", channel, channel.socket.received, to: &writer)
            }
        }
        writer.object("components") { writer in
            writer.object("schemas") { schemas.write(to: &$0) }
        }
        writer.endObject()
        return writer.finish()
    }

    private func write(_ channel: Channel, to writer: inout JSONWriter, _ schemas: inout JSONSchemaTable) {
        writer.key("address")
        if let address = channel.address { writer.string(address) } else { writer.null() }
        writer.member("title", channel.title)
        writer.references("servers", ["#/servers/\(channel.server)"])
        let parameters = (channel.address ?? "").split(separator: "/").filter { $0.hasPrefix("{") }
        if !parameters.isEmpty {
            writer.object("parameters") { writer in
                for parameter in parameters { writer.object(String(parameter.dropFirst().dropLast())) { _ in } }
            }
        }
        writer.object("messages") { writer in
            for message in channel.socket.sent + channel.socket.received {
                writer.object(message.name) { writer in
                    writer.member("summary", message.text)
                    if let type = message.type { writer.member("contentType", type.text) }
                    writer.key("payload")
                    writer.schema(message.schema, &schemas)
                }
            }
        }
    }

    private func writeOperation(
        _ action: StaticString, _ channel: Channel, _ messages: [SocketDescription.Message], to writer: inout JSONWriter
    ) {
        guard !messages.isEmpty else { return }
        writer.object("\(channel.name)_\(action)") { writer in
            writer.member("action", action)
            writer.object("channel") { $0.member("$ref", "#/channels/\(channel.name)") }
            writer.references("messages", messages.map { "#/channels/\(channel.name)/messages/\($0.name)" })
        }
    }
}

extension JSONWriter {
    fileprivate mutating func object(_ name: String, _ write: (inout Self) -> Void) {
        key(name)
        beginObject()
        write(&self)
        endObject()
    }

    fileprivate mutating func references(_ name: StaticString, _ targets: [String]) {
        key(name)
        beginArray()
        for target in targets {
            beginObject()
            member("$ref", target)
            endObject()
        }
        endArray()
    }
}
