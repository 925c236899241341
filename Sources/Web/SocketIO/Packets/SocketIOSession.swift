import Clocks
import JSON

/// The namespaces of one client and the acknowledgements that they wait for, as a value.
struct SocketIOSession: Sendable {
    private struct Connection {
        var latestID: UInt64 = 0
        /// When each awaited acknowledgement times out.
        var awaited: [UInt64: MonotonicTime] = [:]
    }

    private let limits: SocketIOLimits
    private let connectTimeout: Nanoseconds
    private var connections: [String: Connection] = [:]
    private var connectDeadline: MonotonicTime?

    /// - Parameter connectTimeout: how long a client may be connected to no namespace.
    init(_ limits: SocketIOLimits, connectTimeout: Nanoseconds, now: MonotonicTime) {
        self.limits = limits
        self.connectTimeout = connectTimeout
        connectDeadline = now + connectTimeout
    }

    func isConnected(to namespace: String) -> Bool { connections[namespace] != nil }

    enum Decision {
        /// The owner decides whether the namespace exists, and then calls `connected`.
        case connect(namespace: String, auth: ArraySlice<UInt8>)
        case disconnected(namespace: String)
        case event(SocketIOEvent, namespace: String)
        case acknowledged(id: UInt64, SocketIOArguments, namespace: String)
        case unusableEvent(JSONError, namespace: String)
        case nothing
    }

    mutating func receive(_ input: SocketIOInput, now: MonotonicTime) throws(SocketIOReject) -> Decision {
        switch input {
        case .connect(let namespace, let auth):
            guard connections[namespace] == nil else { throw .alreadyConnected }
            guard connections.count < limits.namespaces else { throw .tooManyNamespaces }
            return .connect(namespace: namespace, auth: auth)
        case .disconnect(let namespace):
            guard connections[namespace] != nil else { throw .notConnected }
            disconnect(namespace, now: now)
            return .disconnected(namespace: namespace)
        case .event(let event, let namespace):
            guard connections[namespace] != nil else { throw .notConnected }
            return .event(event, namespace: namespace)
        case .unusableEvent(let error, let namespace):
            guard connections[namespace] != nil else { throw .notConnected }
            return .unusableEvent(error, namespace: namespace)
        case .acknowledgement(let id, let arguments, let namespace):
            guard connections[namespace] != nil else { throw .notConnected }
            guard connections[namespace]?.awaited.removeValue(forKey: id) != nil else { return .nothing }
            return .acknowledged(id: id, arguments, namespace: namespace)
        }
    }

    mutating func connected(to namespace: String) {
        connections[namespace] = Connection()
        connectDeadline = nil
    }

    mutating func disconnect(_ namespace: String, now: MonotonicTime) {
        connections[namespace] = nil
        if connections.isEmpty { connectDeadline = now + connectTimeout }
    }

    /// The id of an event that the client must acknowledge until the deadline; nil if too many are awaited.
    mutating func awaitAcknowledgement(in namespace: String, until deadline: MonotonicTime) -> UInt64? {
        guard var connection = connections.removeValue(forKey: namespace) else { return nil }
        defer { connections[namespace] = connection }
        guard connection.awaited.count < limits.pendingAcknowledgements else { return nil }
        defer { connection.latestID += 1 }
        connection.awaited[connection.latestID] = deadline
        return connection.latestID
    }

    /// When `tick` next has an effect.
    var deadline: MonotonicTime? {
        let awaited = connections.values.lazy.compactMap { $0.awaited.values.min() }.min()
        return [awaited, connectDeadline].compactMap(\.self).min()
    }

    enum Expiry: Hashable {
        /// The client has not connected to a namespace in time: the session ends.
        case notConnected
        case acknowledgement(id: UInt64, namespace: String)
    }

    mutating func tick(now: MonotonicTime) -> [Expiry] {
        if let connectDeadline, now >= connectDeadline { return [.notConnected] }
        var expired: [Expiry] = []
        for (namespace, connection) in connections {
            for (id, deadline) in connection.awaited.sorted(by: { $0.key < $1.key }) where now >= deadline {
                expired.append(.acknowledgement(id: id, namespace: namespace))
                connections[namespace]?.awaited[id] = nil
            }
        }
        return expired
    }
}
