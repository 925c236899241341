/// The ports that are present. Applies events or a whole snapshot from the system and returns the changes.
package struct PortTable: Sendable {
    /// Further ports are ignored and counted.
    package static let maximumPorts = 256

    private var ports: [String: KnownPort] = [:]
    package private(set) var ignoredPorts = 0

    package init() {}

    /// Sorted by device node.
    package var all: [KnownPort] { ports.values.sorted { $0.description.node < $1.description.node } }

    package mutating func apply(_ event: PortEvent) -> [PortChange] {
        switch event {
        case .present(let description): return update(description)
        case .removed(let systemPath): return ports.removeValue(forKey: systemPath).map { [.removed($0)] } ?? []
        case .moved(let description, from: let oldPath):
            guard let old = ports.removeValue(forKey: oldPath) else { return update(description) }
            let displaced = ports.removeValue(forKey: description.systemPath).map { [PortChange.removed($0)] } ?? []
            return displaced + [.moved(insert(description, preferring: old.identity), from: old.description.node)]
        }
    }

    /// Applies a snapshot of all present ports, after events may have been lost.
    package mutating func reconcile(_ snapshot: [PortDescription]) -> [PortChange] {
        let present = Set(snapshot.map(\.systemPath))
        var gone = all.filter { !present.contains($0.description.systemPath) }
        for port in gone { ports[port.description.systemPath] = nil }
        var changes: [PortChange] = []
        for description in snapshot.sorted(by: { $0.node < $1.node }) {
            let moved = gone.firstIndex { ports[description.systemPath] == nil && description.isSame(as: $0) }
            if let moved {
                let old = gone.remove(at: moved)
                changes.append(.moved(insert(description, preferring: old.identity), from: old.description.node))
            } else {
                changes += update(description)
            }
        }
        return gone.map { .removed($0) } + changes
    }

    private mutating func update(_ description: PortDescription) -> [PortChange] {
        guard let known = ports[description.systemPath] else {
            guard ports.count < Self.maximumPorts else {
                ignoredPorts += 1
                return []
            }
            return [.added(insert(description))]
        }
        guard known.description != description else { return [] }
        ports[description.systemPath] = nil
        if description.node == known.description.node, description.identities.contains(known.identity) {
            return [.changed(insert(description, preferring: known.identity))]
        }
        // A removal event was missed, or the port's identity has only now become known.
        return [.removed(known), .added(insert(description))]
    }

    /// Of two devices with the same serial number, the second is identified by its socket.
    private mutating func insert(
        _ description: PortDescription, preferring known: PortIdentity? = nil
    ) -> KnownPort {
        let taken = Set(ports.values.map(\.identity))
        let candidates = [known].compactMap(\.self) + description.identities
        let identity = candidates.first { !taken.contains($0) } ?? .node(description.node)
        let port = KnownPort(description, as: identity)
        ports[description.systemPath] = port
        return port
    }
}

/// What the system reports about a port.
package enum PortEvent: Hashable, Sendable {
    /// Added, or its properties changed.
    case present(PortDescription)
    case removed(systemPath: String)
    case moved(PortDescription, from: String)
}

/// What a `PortEvent` or a snapshot changed in the table.
package enum PortChange: Hashable, Sendable {
    case added(KnownPort)
    case removed(KnownPort)
    /// Same port, same node; other properties changed.
    case changed(KnownPort)
    /// Same device, new node; `from` is the old node.
    case moved(KnownPort, from: String)
}

extension PortDescription {
    /// Whether a removed port belonged to this device.
    fileprivate func isSame(as port: KnownPort) -> Bool {
        if case .node = port.identity { return false }
        return identities.contains(port.identity)
    }
}
