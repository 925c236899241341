import Devices

/// Constraints between two keys. Each message names both keys.
enum CrossChecks {
    struct Conflict: Equatable {
        var paths: [String]
        var message: String
    }

    static func conflicts(in configuration: Configuration) -> [Conflict] {
        ranges(configuration) + listeners(configuration) + mqtt(configuration.mqtt)
    }

    private static func ranges(_ configuration: Configuration) -> [Conflict] {
        var conflicts: [Conflict] = []
        let heart = configuration.heart
        if heart.smoothing.minimumBPM >= heart.smoothing.maximumBPM {
            conflicts.append(
                pair("heart.smoothing.minimum_bpm", "must be below", "heart.smoothing.maximum_bpm", configuration))
        }
        if heart.staleAfter > heart.forgetAfter {
            conflicts.append(pair("heart.stale_after", "must not be above", "heart.forget_after", configuration))
        }
        if Set(heart.udpKeys.map(\.user)).count < heart.udpKeys.count {
            conflicts.append(
                Conflict(paths: ["heart.udp_keys"], message: "heart.udp_keys: a user has one key, but one has several"))
        }
        for (size, rules) in Dictionary(grouping: configuration.pressure.regions, by: { "\($0.rows)x\($0.columns)" }) {
            if rules.count > PressureRegions.maximum || Set(rules.map(\.region.name)).count < rules.count {
                let problem = "mats of \(size) have regions with the same name, or more than \(PressureRegions.maximum)"
                conflicts.append(Conflict(paths: ["pressure.regions"], message: "pressure.regions: \(problem)"))
            }
        }
        return conflicts
    }

    private static func mqtt(_ mqtt: Configuration.MQTT) -> [Conflict] {
        guard !mqtt.password.isEmpty, !mqtt.passwordFile.isEmpty else { return [] }
        return [
            Conflict(
                paths: ["mqtt.password", "mqtt.password_file"],
                message: "mqtt.password and mqtt.password_file must not both be set")
        ]
    }

    private static func pair(
        _ left: String, _ relation: String, _ right: String, _ configuration: Configuration
    ) -> Conflict {
        let texts = [left, right].map { Schema.gateway.setting($0)?.text(in: configuration) ?? "" }
        return Conflict(
            paths: [left, right], message: "\(left) (\(texts[0])) \(relation) \(right) (\(texts[1]))")
    }

    /// Two TCP listeners with the same address and port; the second one would fail to bind.
    private static func listeners(_ configuration: Configuration) -> [Conflict] {
        let listeners = configuration.listeners.filter { $0.transport == .tcp && $0.isEnabled }
        var conflicts: [Conflict] = []
        for (index, listener) in listeners.enumerated() {
            for other in listeners[(index + 1)...]
            where other.port == listener.port && HostName.overlap(listener.host, other.host) {
                conflicts.append(
                    Conflict(
                        paths: [listener.portKey, listener.hostKey, other.portKey, other.hostKey],
                        message: "\(listener.portKey) and \(other.portKey) both use TCP port \(listener.port)"))
            }
        }
        return conflicts
    }
}
