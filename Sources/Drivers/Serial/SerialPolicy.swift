import Configuration
import Devices
import Events
import Hotplug
import Serial

/// What may be done with a port.
package struct SerialPolicy: Sendable {
    /// What is at a port, and how to speak to it.
    package struct Plan: Hashable, Sendable {
        package var device: DeviceFamily
        /// Of a mat; nil when it has to be found out.
        var mat: KnownMat?
        var settings: SerialSettings
    }

    package enum Decision: Hashable, Sendable {
        case use(Plan)
        /// Nobody has said what it is, or not exactly enough: it may be listened to.
        case probe(SerialSettings)
        case ignore(because: String)
    }

    private let rules: [Configuration.Serial.PortRule]
    private let probed: [PortPattern]

    package init(_ configuration: Configuration.Serial) {
        rules = configuration.ports
        probed = configuration.probe.map { PortPattern($0) }
    }

    /// What a person has said comes first, the first rule that fits.
    package func decision(for port: KnownPort) -> Decision {
        if let rule = rules.first(where: { PortPattern($0.port).matches(port) }) { return decision(rule, for: port) }
        if probed.contains(where: { $0.matches(port) }) { return .probe(Self.settings(for: port.description)) }
        return .ignore(because: "neither serial.ports nor serial.probe name it")
    }

    private func decision(_ rule: Configuration.Serial.PortRule, for port: KnownPort) -> Decision {
        var settings = Self.settings(for: port.description)
        switch rule.lines {
        case .asserted: settings.controlLines = .asserted
        case .released: settings.controlLines = .released
        case nil: break
        }
        switch rule.device {
        case .none: return .ignore(because: "serial.ports says so")
        case .heart:
            settings.baudRate = rule.baudRate ?? 115_200
            return .use(Plan(device: .esp32Heart, settings: settings))
        case .mat:
            guard let mat = rule.variant.flatMap(KnownMat.named) else {
                rule.baudRate.map { settings.baudRate = $0 }
                return .probe(settings)
            }
            settings.baudRate = rule.baudRate ?? mat.baudRates[0]
            return .use(Plan(device: .pressureMat, mat: mat, settings: settings))
        }
    }

    /// A chip that is a USB device itself has no wires to the reset of anything, and may say nothing to a host that does
    /// not raise the lines. Everywhere else the lines may lead to a reset.
    private static func settings(for port: PortDescription) -> SerialSettings {
        var settings = SerialSettings()
        settings.controlLines = port.isNativeUSB ? .asserted : .released
        return settings
    }
}

extension PortDescription {
    /// The device speaks USB by itself: there is no line with a speed behind it.
    package var isNativeUSB: Bool { driver == "cdc_acm" || driver == nil && node.contains("/ttyACM") }
}

/// Names ports: by path, link, identity, `vendor:product` or vendor, with `*` for anything.
package struct PortPattern: Hashable, Sendable {
    private let parts: [[UInt8]]

    init(_ text: String) {
        parts = text.split(separator: "*", omittingEmptySubsequences: false).map { Array($0.utf8) }
    }

    func matches(_ port: KnownPort) -> Bool {
        let description = port.description
        let id = description.usbID
        let names = [description.node, port.identity.text, id, id.map { String($0.prefix(4)) }].compactMap(\.self)
        return (names + description.links).contains { matches($0) }
    }

    func matches(_ name: String) -> Bool {
        var rest = Array(name.utf8)[...]
        guard let first = parts.first, let last = parts.last, rest.starts(with: first) else { return false }
        guard parts.count > 1 else { return rest.count == first.count }
        rest = rest.dropFirst(first.count)
        // Each part where it first fits leaves the most for those behind it.
        for part in parts.dropFirst().dropLast() {
            let place = rest.indices.first { rest[$0...].starts(with: part) }
            guard let place = part.isEmpty ? rest.startIndex : place else { return false }
            rest = rest[(place + part.count)...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}
