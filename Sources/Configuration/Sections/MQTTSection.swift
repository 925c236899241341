import Clocks

extension Configuration {
    /// The connection to an MQTT broker.
    package struct MQTT: Sendable, Equatable {
        /// Empty: no connection.
        package var host = ""
        package var port = 1883
        /// Empty: nothing is received.
        package var topic = "sensor-logger"
        package var quality = 0
        /// Empty: made from the host name of this machine.
        package var clientID = ""
        package var cleanSession = true
        package var username = ""
        package var password = ""
        package var passwordFile = ""
        package var keepAlive = Nanoseconds.seconds(30)
        package var timeout = Nanoseconds.seconds(10)
        package var tls = TLS()
        package var publish = Publish()

        package init() {}

        package var usesTLS: Bool {
            switch tls.use {
            case .always: true
            case .never: false
            case .auto: port == 8883 || !tls.authorityFile.isEmpty || !tls.certificateFile.isEmpty
            }
        }
    }
}

extension Configuration.MQTT {
    package struct TLS: Sendable, Equatable {
        package enum Use: String, CaseIterable, Sendable {
            case auto, always, never
        }

        package var use = Use.auto
        package var authorityFile = ""
        package var certificateFile = ""
        package var keyFile = ""

        package init() {}
    }

    /// What the gateway publishes.
    package struct Publish: Sendable, Equatable {
        package var enabled = false
        /// Empty: the host name of this machine.
        package var gateway = ""
        package var telemetry = false
        /// Empty: no discovery.
        package var discovery = "homeassistant"

        package init() {}
    }
}

extension Schema {
    static let mqtt = Part(
        Section(
            "mqtt", "The connection to an MQTT broker: messages of phones in, events and states of devices out."),
        [
            Setting(
                "mqtt.host", \.mqtt.host, .brokerName, .restart,
                "The broker's name or address; no connection when empty."),
            Setting("mqtt.port", \.mqtt.port, .port, .restart, "The broker's TCP port."),
            Setting(
                "mqtt.topic", \.mqtt.topic, .topicFilter, .restart,
                "The topic of the messages of phones, or a filter with + and #; nothing is received when empty."),
            Setting(
                "mqtt.qos", \.mqtt.quality, .wholeNumber(in: 0...2), .restart,
                """
                How messages are received: 0 at most once, 1 at least once, 2 exactly once. With 1 and 2 the broker waits \
                when the gateway is busy; with 0 messages are dropped.
                """),
            Setting(
                "mqtt.client_id", \.mqtt.clientID, .clientID, .restart,
                "The name under which the broker knows the gateway; made from the host name when empty."),
            Setting(
                "mqtt.clean_session", \.mqtt.cleanSession, .flag, .restart,
                """
                Whether the broker forgets the gateway when the connection ends. With false it stores messages of qos 1 and \
                2 until the gateway is back, for up to a day.
                """),
            Setting("mqtt.username", \.mqtt.username, .brokerUser, .restart, "The user; none when empty."),
            Setting(
                "mqtt.password", \.mqtt.password, .password, .restart,
                "The user's password; mqtt.password_file keeps it out of this file."),
            Setting(
                "mqtt.password_file", \.mqtt.passwordFile, .path, .restart,
                """
                A file whose first line is the password. When empty: the systemd credential mqtt-password, if the service \
                has one.
                """),
            Setting(
                "mqtt.keep_alive", \.mqtt.keepAlive, .duration(from: .seconds(5), to: .seconds(3600)), .restart,
                "A broker that sends nothing for this long receives a ping, and has as long to answer it."),
            Setting(
                "mqtt.timeout", \.mqtt.timeout, .duration(from: .milliseconds(100), to: .seconds(600)), .restart,
                "How long the broker may take to answer a new connection."),
        ])

    static let mqttTLS = Part(
        Section("mqtt.tls", "TLS to the broker."),
        [
            Setting(
                "mqtt.tls.use", \.mqtt.tls.use, .choice, .restart,
                "Whether to use TLS; auto: with port 8883, or when one of these files is set."),
            Setting(
                "mqtt.tls.ca_file", \.mqtt.tls.authorityFile, .path, .restart,
                "The certificate (PEM) of the authority that signed the broker's; those that the system trusts when empty."
            ),
            Setting(
                "mqtt.tls.cert_file", \.mqtt.tls.certificateFile, .path, .restart,
                "The gateway's own certificate (PEM), for a broker that requires one."),
            Setting("mqtt.tls.key_file", \.mqtt.tls.keyFile, .path, .restart, "Its private key (PEM), not encrypted."),
        ])

    static let mqttPublish = Part(
        Section("mqtt.publish", "What the gateway publishes, below leadville/GATEWAY/."),
        [
            Setting(
                "mqtt.publish.enabled", \.mqtt.publish.enabled, .flag, .restart,
                "Whether events and the states of devices are published."),
            Setting(
                "mqtt.publish.gateway", \.mqtt.publish.gateway, .topicLevel, .restart,
                "The name of this gateway in topics; the host name when empty."),
            Setting(
                "mqtt.publish.telemetry", \.mqtt.publish.telemetry, .flag, .restart,
                "Whether heart rates and pressure frames are published too, not only discrete events such as shots."),
            Setting(
                "mqtt.publish.discovery", \.mqtt.publish.discovery, .topicLevel, .restart,
                "The topic below which Home Assistant looks for new devices; none are announced when empty."),
        ])
}
