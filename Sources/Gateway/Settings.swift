import Clocks
import Configuration
import Drivers
import Logging
import Network
import Signals
import Surfaces
import Web

/// Converts the configuration into the settings of the components.
extension Configuration.Listener {
    var endpoint: Endpoint { Endpoint(host: host, port: UInt16(clamping: port)) }
}

extension Configuration {
    func heartSmoothing() throws(HeartSmoothingError) -> HeartSmoothing {
        let smoothing = heart.smoothing
        return try HeartSmoothing(
            enabled: smoothing.enabled, alpha: smoothing.alpha, outlierThreshold: smoothing.outlierThreshold,
            outlierWindow: smoothing.outlierWindow, historyLength: smoothing.historyLength,
            minimum: smoothing.minimumBPM, maximum: smoothing.maximumBPM, startupReadings: smoothing.startupReadings)
    }

    var udpRules: HeartRateService.UDPRules {
        HeartRateService.UDPRules(
            sources: heart.udpSources,
            keys: HeartUserKeys(Dictionary(heart.udpKeys.map { ($0.user, $0.key) }) { first, _ in first }))
    }

    var heartLimits: HeartUsers.Limits {
        HeartUsers.Limits(
            maximumUsers: heart.maximumUsers, staleAfter: heart.staleAfter, forgetAfter: heart.forgetAfter)
    }

    var devicePolicy: KnownDevices.Policy {
        KnownDevices.Policy(adoption: Adoption(devices.adopt), lowBattery: devices.batteryLowPercent)
    }

    var webSettings: WebSettings {
        var settings = WebSettings()
        settings.http = HTTPLimits(
            headerBytes: web.maximumHeaderBytes, headerCount: web.maximumHeaders, bodyBytes: web.maximumBodyBytes)
        settings.requestTimeout = web.requestTimeout
        settings.idleTimeout = web.idleTimeout
        settings.maximumClients = web.maximumClients
        settings.maximumClientsPerAddress = web.maximumClientsPerAddress
        settings.queueLimit = web.queueBytes
        settings.cors = CORSPolicy(origins: originPolicy)
        settings.requiresTLS = tls.required
        settings.cors.credentialPath = "/socket.io/"
        return settings
    }

    var clientRates: ClientRates.Settings {
        var settings = ClientRates.Settings()
        settings.connectionsPerSecond = web.connectionsPerAddress
        settings.requestsPerSecond = web.requestsPerAddress
        settings.messagesPerSecond = web.messagesPerAddress
        settings.limitsThisMachine = web.limitThisMachine
        return settings
    }

    /// Nil when no certificate is configured.
    func tlsContext() throws(TLSError) -> TLSContext? {
        guard !tls.certificate.isEmpty else {
            guard !tls.required else {
                throw TLSError(
                    "tls.required is true, but tls.certificate names no file: `leadville-gateway tls init` makes one")
            }
            return nil
        }
        return try TLSContext(certificate: tls.certificate, key: tls.key)
    }

    var accessSettings: AccessControl.Settings {
        var settings = AccessControl.Settings()
        settings.configuredToken = http.token
        settings.protectsEverything = http.protect == .everything
        settings.allowsTokenInQuery = http.tokenInQuery
        return settings
    }

    var originPolicy: OriginPolicy {
        OriginPolicy(http.corsOrigins, names: http.names + [LocalMachine.hostName])
    }

    var webSocketSettings: WebSocketSettings {
        var settings = WebSocketSettings()
        settings.handshake = WebSocketHandshake.Options(
            deflate: web.compression.enabled ? PerMessageDeflate.Settings() : nil)
        settings.limits = WebSocketLimits(
            messageBytes: web.maximumMessageBytes, messageTimeout: web.requestTimeout)
        settings.keepalive = WebSocketKeepalive(pingInterval: web.pingInterval, pongTimeout: web.pingTimeout)
        return settings
    }

    var workoutLimits: WorkoutService.Limits {
        var limits = WorkoutService.Limits()
        limits.documentBytes = pressure.maximumDocumentBytes
        return limits
    }

    var logFormat: Logging.Log.Format {
        switch log.format {
        case .text: .text
        case .journal: .journal
        case .auto: Logging.Log.standardErrorIsJournal ? .journal : .text
        }
    }

    var logLevel: LogLevel { LogLevel(name: log.level.rawValue) ?? .info }
}
