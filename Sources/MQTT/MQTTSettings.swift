import Clocks

/// How to reach a broker, and what to receive from it.
package struct MQTTSettings: Equatable, Sendable {
    package struct TLS: Equatable, Sendable {
        /// The authorities that may sign the broker's certificate; nil for those of the system.
        package var authorityFile: String?
        package var certificateFile: String?
        package var keyFile: String?

        package init(authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
            self.authorityFile = authorityFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    package struct Subscription: Equatable, Sendable {
        package var filter: String
        package var quality: MQTTQuality

        package init(_ filter: String, _ quality: MQTTQuality) {
            self.filter = filter
            self.quality = quality
        }
    }

    package var host: String
    package var port: UInt16
    package var clientID: String
    /// Whether the broker forgets subscriptions and waiting messages when the connection ends.
    package var isCleanSession = true
    package var username: String?
    package var password: String?
    package var tls: TLS?
    package var subscriptions: [Subscription] = []
    /// What the broker publishes when the connection breaks.
    package var will: MQTTMessage?
    package var keepAlive = Nanoseconds.seconds(30)
    /// How long the broker may take to answer a new connection.
    package var timeout = Nanoseconds.seconds(10)
    package var firstRetryDelay = Nanoseconds.seconds(1)
    package var maximumRetryDelay = Nanoseconds.seconds(30)
    package var limits = MQTTLimits()

    package init(host: String, port: UInt16, clientID: String) {
        self.host = host
        self.port = port
        self.clientID = clientID
    }

    package var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// What waits between the connection's thread and the reactor.
package struct MQTTLimits: Equatable, Sendable {
    package var messages = 64
    package var bytes = 4 << 20
    package var outgoingMessages = 1_024
    package var outgoingBytes = 1 << 20
    /// A longer message is not received.
    package var messageBytes = 512 << 10

    package init() {}
}

/// How often a message arrives: at most once, at least once, exactly once.
package enum MQTTQuality: Int, CaseIterable, Sendable {
    case atMostOnce = 0
    case atLeastOnce = 1
    case exactlyOnce = 2
}

package struct MQTTMessage: Equatable, Sendable {
    package var topic: String
    package var payload: [UInt8]
    package var quality: MQTTQuality
    /// The broker keeps it, and gives it to later subscribers.
    package var isRetained: Bool

    package init(
        _ topic: String, _ payload: [UInt8], quality: MQTTQuality = .atMostOnce, isRetained: Bool = false
    ) {
        self.topic = topic
        self.payload = payload
        self.quality = quality
        self.isRetained = isRetained
    }
}

/// The state of the connection.
package struct MQTTStatus: Equatable, Sendable {
    package enum State: String, Sendable, CaseIterable {
        case connecting
        case connected
        /// For the next attempt.
        case waiting
    }

    package var state: State
    package var since: WallTime
    /// Why the latest attempt or connection failed; while connected, why the broker does not send what was requested.
    package var failure: MQTTFailure?
    /// Failed attempts in a row.
    package var failures = 0
    /// While waiting.
    package var retryDelay: Nanoseconds?
    /// Whether the broker has kept the subscriptions of an earlier connection.
    package var sessionWasPresent = false

    package init(_ state: State, since: WallTime) {
        self.state = state
        self.since = since
    }
}
