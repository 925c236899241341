import Clocks
import Configuration
import Drivers
import Glibc
import Hub
import MQTT
import Metrics
import Reactor
import Surfaces

extension MQTTService {
    /// The connection that the configuration asks for; nil if it names no broker.
    static func open(
        _ configuration: Configuration, phones: PhoneService, hub: Hub, metrics: MetricsRegistry
    ) throws -> MQTTService? {
        let mqtt = configuration.mqtt
        guard !mqtt.host.isEmpty else { return nil }
        var settings = try mqtt.connectionSettings()
        if mqtt.publish.enabled { settings.will = mqtt.topics.will }
        return try MQTTService(
            settings, phoneFilter: mqtt.topic.isEmpty ? nil : mqtt.topic, phones: phones, hub: hub,
            metrics: metrics)
    }
}

extension MQTTPublisher {
    /// Nil if the configuration does not ask for it.
    static func open(
        _ service: MQTTService?, _ configuration: Configuration.MQTT, devices: DeviceRegistry
    ) -> MQTTPublisher? {
        guard let service, configuration.publish.enabled else { return nil }
        return MQTTPublisher(
            service, configuration.topics, withTelemetry: configuration.publish.telemetry, devices: devices,
            version: Version.gateway)
    }
}

extension Configuration.MQTT {
    fileprivate var topics: MQTTTopics {
        MQTTTopics(
            gateway: publish.gateway.isEmpty ? HostFacts.name : publish.gateway,
            discovery: publish.discovery.isEmpty ? nil : publish.discovery)
    }

    fileprivate func connectionSettings() throws -> MQTTSettings {
        var settings = MQTTSettings(
            host: host, port: UInt16(clamping: port),
            clientID: clientID.isEmpty ? "leadville-\(MQTTTopic.level(HostFacts.name))" : clientID)
        settings.isCleanSession = cleanSession
        settings.username = username.isEmpty ? nil : username
        settings.password = try brokerPassword()
        settings.keepAlive = keepAlive
        settings.timeout = timeout
        if usesTLS {
            func file(_ path: String) -> String? { path.isEmpty ? nil : path }
            settings.tls = MQTTSettings.TLS(
                authorityFile: file(tls.authorityFile), certificateFile: file(tls.certificateFile),
                keyFile: file(tls.keyFile))
        }
        if !topic.isEmpty {
            settings.subscriptions = [
                MQTTSettings.Subscription(topic, MQTTQuality(rawValue: quality) ?? .atMostOnce)
            ]
        }
        return settings
    }

    /// From the configuration, a file, or the credentials that systemd passes to the service.
    private func brokerPassword() throws -> String? {
        guard password.isEmpty else { return password }
        var path = passwordFile
        if path.isEmpty, let directory = getenv("CREDENTIALS_DIRECTORY") {
            let credential = String(cString: directory) + "/mqtt-password"
            if access(credential, F_OK) == 0 { path = credential }
        }
        guard !path.isEmpty else { return nil }
        let bytes = try ConfigurationFile.read(path).bytes
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        return String(decoding: line, as: UTF8.self)
    }
}
