import Events

extension Configuration {
    /// The heartbeat API.
    package struct Heartbeat: Sendable, Equatable {
        package var source = Source.simulation

        package init() {}

        /// Where the API gets its data from.
        package enum Source: Hashable, Sendable {
            case simulation
            case user(HeartUser)
            case device(DeviceID)
            /// The first user with readings who is not silent; the simulation while there is none.
            case automatic
        }
    }
}

extension Configuration.Heartbeat.Source {
    /// Nil unless the text is `simulation`, `auto`, `user:ID` or `strap:ID`.
    package init?(_ text: String) {
        let name = text.firstIndex(of: ":").map { String(text[$0...].dropFirst()) } ?? ""
        switch text.prefix(while: { $0 != ":" }) {
        case "simulation" where name.isEmpty: self = .simulation
        case "auto" where name.isEmpty: self = .automatic
        case "user" where !name.isEmpty: self = .user(Int64(name).map(HeartUser.number) ?? .text(name))
        case "strap" where !name.isEmpty:
            // Bluetooth addresses are written in capitals.
            let isAddress = name.utf8.count == 17 && name.utf8.count { $0 == UInt8(ascii: ":") } == 5
            self = .device(DeviceID(isAddress ? name.uppercased() : name))
        default: return nil
        }
    }

    package var text: String {
        switch self {
        case .simulation: "simulation"
        case .automatic: "auto"
        case .user(let user): "user:\(user)"
        case .device(let device): "strap:\(device.text)"
        }
    }

    /// Whether a reading is from this source.
    package func includes(_ user: HeartUser?, _ device: DeviceID) -> Bool {
        switch self {
        case .simulation: false
        case .automatic: true
        case .user(let wanted): wanted == user
        case .device(let wanted): wanted == device
        }
    }
}

extension ValueFormat where Value == Configuration.Heartbeat.Source {
    static var heartbeatSource: Self {
        let expected = "one of simulation, auto, user:ID or strap:ID"
        let text = ValueFormat<String>.text(expected: expected, example: "\"user:1\"") { text in
            if text.utf8.count > 128 { return "it is longer than 128 bytes" }
            return Configuration.Heartbeat.Source(text) == nil ? "the source is \(expected)" : nil
        }
        return Self(expected: expected, example: text.example) { node in
            text.read(node).map { Configuration.Heartbeat.Source($0) ?? .simulation }
        } write: {
            text.write($0.text)
        }
    }
}

extension Schema {
    static let heartbeat = Part(
        Section("heartbeat", "The heartbeat API: a simulated heart, or a sensor behind the same interface."),
        [
            Setting(
                "heartbeat.source", \.heartbeat.source, .heartbeatSource, .restart,
                """
                Where its data comes from: a simulation, the user or the strap with this ID, or auto: a measured heart, \
                and the simulation while there is none. POST /simulation/source changes it until the restart.
                """)
        ])
}
