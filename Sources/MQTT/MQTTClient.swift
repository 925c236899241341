import CMosquitto
import Clocks
import Glibc
import Reactor

/// One client of the library. Everything happens on the thread that owns it, callbacks included.
final class MQTTClient {
    /// Called for each message.
    var onMessage: (MQTTMessage) -> Void = { _ in }
    /// Called for each message that is longer than the limit.
    var onTooLong: () -> Void = {}

    private(set) var evidence = MQTTEvidence()
    /// What the broker has answered to the connection: 0 if it accepts it.
    private(set) var answer: Int32?
    private(set) var sessionWasPresent = false
    /// The reason that the broker gave for ending the connection, if any.
    private(set) var disconnection: Int32?
    private(set) var subscriptionWasRejected = false
    /// The last read did not find the end of what has arrived. TLS may hold the rest, so that the socket is not readable.
    private(set) var mayHaveInput = false

    private let settings: MQTTSettings
    private let handle: OpaquePointer
    /// Published messages that the broker has not confirmed. The library sends a limited number of them at once.
    private(set) var unconfirmed: Set<Int32> = []
    /// Older brokers do not know MQTT 5.
    private var usesVersion5 = true

    /// A session without messages ends after this time.
    private static let sessionExpirySeconds: UInt32 = 86_400
    /// The length of the topic and of the properties in a packet.
    private static let packetOverhead = 64 << 10
    /// Some records of TLS. Otherwise the library makes two system calls for each record.
    private static let tlsBufferBytes = 64 << 10

    init(_ settings: MQTTSettings) throws(MQTTFailure) {
        self.settings = settings
        guard let handle = mosquitto_new(settings.clientID, settings.isCleanSession, nil) else {
            throw MQTTFailure(.system, SystemError("mosquitto_new").description)
        }
        self.handle = handle
        evidence.usesTLS = settings.tls != nil
        do throws(MQTTFailure) {
            try configure()
        } catch {
            mosquitto_destroy(handle)
            throw error
        }
    }

    deinit {
        mosquitto_destroy(handle)
    }

    private func configure() throws(MQTTFailure) {
        mosquitto_user_data_set(handle, Unmanaged.passUnretained(self).toOpaque())
        mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5)
        mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1)
        // The library's own count of unfinished messages of qos 2 is too high after a reconnection; at the default of 20 it
        // would then end the connection.
        mosquitto_int_option(handle, MOSQ_OPT_RECEIVE_MAXIMUM, Int32(UInt16.max))
        if let username = settings.username {
            try check(mosquitto_username_pw_set(handle, username, settings.password))
        } else if settings.password != nil {
            throw MQTTFailure(.badCredentials, "there is a password, but no user: set mqtt.username")
        }
        if let will = settings.will {
            try check(
                mosquitto_will_set(
                    handle, will.topic, Int32(will.payload.count), will.payload, Int32(will.quality.rawValue),
                    will.isRetained))
        }
        if let tls = settings.tls { try configure(tls) }
        setCallbacks()
    }

    private func configure(_ tls: MQTTSettings.TLS) throws(MQTTFailure) {
        guard (tls.certificateFile == nil) == (tls.keyFile == nil) else {
            throw MQTTFailure(.file, "mqtt.tls.cert_file and mqtt.tls.key_file must be set together")
        }
        for file in [tls.authorityFile, tls.certificateFile, tls.keyFile].compactMap(\.self)
        where access(file, R_OK) != 0 {
            throw MQTTFailure(.file, "\(file): cannot be read: \(SystemError.text(of: errno))")
        }
        // The directory in which Debian keeps the authorities that the system trusts.
        let directory = tls.authorityFile == nil ? "/etc/ssl/certs" : nil
        let code = mosquitto_tls_set(
            handle, tls.authorityFile, directory, tls.certificateFile, tls.keyFile, nil)
        guard code == MOSQ_ERR_SUCCESS.code else {
            throw MQTTFailure(
                .file, "the files of mqtt.tls cannot be used: \(String(cString: mosquitto_strerror(code)))")
        }
    }

    private func check(_ code: Int32) throws(MQTTFailure) {
        let errorNumber = errno
        guard code != MOSQ_ERR_SUCCESS.code else { return }
        throw MQTTFailure(code: code, errorNumber: errorNumber, settings, evidence)
    }

    // MARK: Calls

    /// The socket; nil while there is none.
    var socket: Int32? {
        let socket = mosquitto_socket(handle)
        return socket >= 0 ? socket : nil
    }

    /// The failure of a connection without a socket.
    var closed: MQTTFailure {
        MQTTFailure(code: MOSQ_ERR_NO_CONN.code, errorNumber: 0, settings, evidence)
    }

    var wantsToWrite: Bool { mosquitto_want_write(handle) }

    /// Resolves the name and connects; both block. The broker's answer arrives with `read`.
    func connect() throws(MQTTFailure) {
        evidence = MQTTEvidence()
        evidence.usesTLS = settings.tls != nil
        (answer, disconnection, subscriptionWasRejected) = (nil, nil, false)
        mayHaveInput = false
        readsLog(true)
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        if usesVersion5 {
            mosquitto_property_add_int32(
                &properties, Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue),
                UInt32(settings.limits.messageBytes + Self.packetOverhead))
            if !settings.isCleanSession {
                mosquitto_property_add_int32(
                    &properties, Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue), Self.sessionExpirySeconds)
            }
        }
        let seconds = Int32(clamping: settings.keepAlive.count / 1_000_000_000)
        errno = 0
        try check(
            mosquitto_connect_bind_v5(handle, settings.host, Int32(settings.port), seconds, nil, properties))
        mosquitto_read_ahead(handle, Self.tlsBufferBytes)
    }

    /// Continues with the protocol that all brokers know, if the broker has rejected the newer one. Returns whether to
    /// connect again at once.
    func fallBack() -> Bool {
        guard usesVersion5, let answer, [1, 0x84].contains(answer) else { return false }
        usesVersion5 = false
        mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V311)
        return true
    }

    func subscribe() throws(MQTTFailure) {
        for subscription in settings.subscriptions {
            try check(
                mosquitto_subscribe(handle, nil, subscription.filter, Int32(subscription.quality.rawValue)))
        }
    }

    /// Returns false for a message that the broker does not support, such as one that it should keep.
    func publish(_ message: MQTTMessage) throws(MQTTFailure) -> Bool {
        var id: Int32 = 0
        let code = mosquitto_publish(
            handle, &id, message.topic, Int32(message.payload.count), message.payload,
            Int32(message.quality.rawValue), message.isRetained)
        switch code {
        case MOSQ_ERR_OVERSIZE_PACKET.code, MOSQ_ERR_QOS_NOT_SUPPORTED.code, MOSQ_ERR_RETAIN_NOT_SUPPORTED.code,
            MOSQ_ERR_PAYLOAD_SIZE.code:
            return false
        default:
            try check(code)
            if message.quality != .atMostOnce { unconfirmed.insert(id) }
            return true
        }
    }

    /// Reads one packet, or what there is of it; sets up TLS first. Returns false if there was nothing left to read.
    @discardableResult
    func read() throws(MQTTFailure) -> Bool {
        errno = 0
        let code = mosquitto_loop_read(handle, 1)
        let hadData = errno != EAGAIN
        mayHaveInput = false
        try check(code)
        mayHaveInput = hadData && socket != nil
        return mayHaveInput
    }

    /// While sends are joined, the kernel keeps what does not fill a segment.
    func joinSends(_ joins: Bool) {
        guard let socket else { return }
        var value: Int32 = joins ? 1 : 0
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout.size(ofValue: value)))
    }

    func write() throws(MQTTFailure) {
        errno = 0
        try check(mosquitto_loop_write(handle, 1))
    }

    /// Keeps the connection alive; call it about once a second.
    func maintain() throws(MQTTFailure) {
        errno = 0
        try check(mosquitto_loop_misc(handle))
    }

    func disconnect() { mosquitto_disconnect(handle) }
}

/// The library's callbacks.
extension MQTTClient {
    private static func client(_ data: UnsafeMutableRawPointer?) -> MQTTClient? {
        data.map { Unmanaged<MQTTClient>.fromOpaque($0).takeUnretainedValue() }
    }

    private func setCallbacks() {
        mosquitto_connect_v5_callback_set(handle) { _, data, code, flags, _ in
            guard let client = MQTTClient.client(data) else { return }
            client.answer = code
            client.sessionWasPresent = flags & 1 != 0
            client.evidence.wasAccepted = code == 0
            // The library would format a line for each packet.
            if code == 0 { client.readsLog(false) }
        }
        mosquitto_disconnect_v5_callback_set(handle) { _, data, code, _ in
            // Lower codes are errors of the library.
            if code >= 0x80 { MQTTClient.client(data)?.disconnection = code }
        }
        mosquitto_subscribe_callback_set(handle) { _, data, _, count, granted in
            let levels = UnsafeBufferPointer(start: granted, count: Int(count))
            if levels.contains(where: { $0 >= 0x80 }) { MQTTClient.client(data)?.subscriptionWasRejected = true }
        }
        mosquitto_publish_callback_set(handle) { _, data, id in
            MQTTClient.client(data)?.unconfirmed.remove(id)
        }
        mosquitto_message_callback_set(handle) { _, data, message in
            guard let client = MQTTClient.client(data), let message = message?.pointee else { return }
            client.receive(message)
        }
    }

    /// The library reports errors of TLS by its log only.
    private func readsLog(_ reads: Bool) {
        guard reads else { return mosquitto_log_callback_set(handle, nil) }
        mosquitto_log_callback_set(handle) { _, data, level, text in
            guard level & Int32(MOSQ_LOG_ERR) != 0, let text else { return }
            MQTTClient.client(data)?.recordError(String(cString: text))
        }
    }

    private func receive(_ message: mosquitto_message) {
        guard message.payloadlen <= settings.limits.messageBytes, let topic = message.topic else { return onTooLong() }
        let payload = UnsafeRawBufferPointer(start: message.payload, count: Int(message.payloadlen))
        onMessage(
            MQTTMessage(
                String(cString: topic), Array(payload), quality: MQTTQuality(rawValue: Int(message.qos)) ?? .atMostOnce,
                isRetained: message.retain))
    }

    private func recordError(_ text: String) {
        if text.contains("host name verification failed") {
            evidence.hostNameDiffers = true
        } else if text.hasPrefix("OpenSSL Error"), evidence.tlsError == nil {
            // `OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed`
            evidence.tlsError = text.split(separator: ":").last.map(String.init)
            evidence.verifyResult = mosquitto_verify_result(handle)
        } else if text.hasPrefix("Error: ") {
            evidence.tlsError = evidence.tlsError ?? String(text.dropFirst("Error: ".count))
        }
    }
}
