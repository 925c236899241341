import Clocks
import Drivers
import Events
import JSON
import MQTT

/// The topics below which a gateway publishes.
package struct MQTTTopics: Equatable, Sendable {
    /// The gateway's name, as a level of a topic.
    package let gateway: String
    /// The topic below which Home Assistant looks for devices; nil if none are announced.
    package let discovery: String?

    package init(gateway: String, discovery: String?) {
        self.gateway = MQTTTopic.level(gateway)
        self.discovery = discovery
    }

    package var root: String { "leadville/\(gateway)" }
    /// `online` or `offline`.
    package var status: String { "\(root)/status" }
    var latestRun: String { "\(root)/run" }

    func event(_ kind: EventKind) -> String { "\(root)/events/\(kind.name)" }

    func state(ofDevice id: String) -> String { "\(root)/devices/\(MQTTTopic.level(id))" }

    /// The last will: the broker publishes it when the connection breaks.
    package var will: MQTTMessage {
        MQTTMessage(status, Array("offline".utf8), quality: .atLeastOnce, isRetained: true)
    }
}

/// What the broker is to keep of the devices: their states, and their announcements to Home Assistant.
struct MQTTStates {
    let topics: MQTTTopics
    let version: String

    /// By topic.
    func retained(_ devices: [DeviceStatus]) -> [String: [UInt8]] {
        var retained = [topics.status: Array("online".utf8)]
        announceGateway(in: &retained)
        for device in devices where device.state == .inUse {
            retained[topics.state(ofDevice: device.id)] = Self.state(of: device)
            announce(device, in: &retained)
        }
        return retained
    }

    private static func state(of device: DeviceStatus) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", device.id)
        writer.member("name", device.shownName)
        writer.member("family", device.family.rawValue)
        writer.member("role", device.role)
        writer.member("target", orNull: device.target)
        writer.member("transport", device.transport)
        writer.member("link", device.link)
        writer.key("battery")
        if let battery = device.battery { writer.integer(battery) } else { writer.null() }
        writer.key("signal")
        if let signal = device.signal { writer.integer(signal) } else { writer.null() }
        writer.array("warnings", device.warnings) { $1.string($0.name) }
        writer.endObject()
        return writer.finish()
    }

    // MARK: Home Assistant

    /// One value of a device, as Home Assistant shows it.
    private struct Entity {
        let component: String
        let key: String
        let name: String
        let deviceClass: String
        let template: String?
        var unit: String?
    }

    private func announceGateway(in retained: inout [String: [UInt8]]) {
        let entity = Entity(
            component: "binary_sensor", key: "gateway", name: "Connection", deviceClass: "connectivity", template: nil)
        announce(entity, object: "gateway", stateTopic: topics.status, in: &retained) { writer in
            writer.member("payload_on", "online")
            writer.member("payload_off", "offline")
        } device: { writer in
            writer.array("identifiers", [gatewayIdentifier]) { $1.string($0) }
            writer.member("name", "LeadVille Gateway \(topics.gateway)")
            writer.member("sw_version", version)
        }
    }

    private func announce(_ device: DeviceStatus, in retained: inout [String: [UInt8]]) {
        var entities = [
            Entity(
                component: "binary_sensor", key: "connected", name: "Connected", deviceClass: "connectivity",
                template: "{{ 'ON' if value_json.link == 'connected' else 'OFF' }}")
        ]
        // Phones report no signal, boards no battery.
        if device.battery != nil {
            entities.append(
                Entity(
                    component: "sensor", key: "battery", name: "Battery", deviceClass: "battery",
                    template: "{{ value_json.battery }}", unit: "%"))
        }
        if device.signal != nil {
            entities.append(
                Entity(
                    component: "sensor", key: "signal", name: "Signal", deviceClass: "signal_strength",
                    template: "{{ value_json.signal }}", unit: "dBm"))
        }
        let object = MQTTTopic.level(device.id)
        for entity in entities {
            announce(entity, object: object, stateTopic: topics.state(ofDevice: device.id), in: &retained) { writer in
                // A device whose gateway is away is not off, but unknown.
                writer.member("availability_topic", topics.status)
            } device: { writer in
                writer.array("identifiers", ["\(gatewayIdentifier)_\(object)"]) { $1.string($0) }
                writer.member("name", device.shownName)
                writer.member("model", device.family.rawValue)
                writer.member("via_device", gatewayIdentifier)
            }
        }
    }

    private var gatewayIdentifier: String { "leadville_\(topics.gateway)" }

    private func announce(
        _ entity: Entity, object: String, stateTopic: String, in retained: inout [String: [UInt8]],
        members: (inout JSONWriter) -> Void, device: (inout JSONWriter) -> Void
    ) {
        guard let discovery = topics.discovery else { return }
        let identifier = "\(gatewayIdentifier)_\(object)_\(entity.key)"
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("name", entity.name)
        writer.member("unique_id", identifier)
        writer.member("state_topic", stateTopic)
        writer.member("device_class", entity.deviceClass)
        writer.member("entity_category", "diagnostic")
        if let template = entity.template { writer.member("value_template", template) }
        if let unit = entity.unit {
            writer.member("unit_of_measurement", unit)
            writer.member("state_class", "measurement")
        }
        members(&writer)
        writer.key("device")
        writer.beginObject()
        device(&writer)
        writer.endObject()
        writer.key("origin")
        writer.beginObject()
        writer.member("name", "LeadVille Gateway")
        writer.member("sw_version", version)
        writer.endObject()
        writer.endObject()
        retained["\(discovery)/\(entity.component)/\(gatewayIdentifier)/\(object)_\(entity.key)/config"] =
            writer.finish()
    }
}

extension DeviceStatus {
    fileprivate var shownName: String { givenName ?? ownName ?? id }
}
