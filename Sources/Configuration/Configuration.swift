import Clocks

/// The complete configuration of the gateway. `Configuration()` holds the defaults; the ``Schema`` documents each
/// value.
package struct Configuration: Sendable, Equatable {
    package var log = Log()
    /// The directory for persistent state. Empty: the service manager's state directory, otherwise the user's own.
    package var stateDirectory = ""
    package var http = HTTP()
    package var live = Live()
    package var leadVille = LeadVille()
    package var heart = Heart()
    package var heartbeat = Heartbeat()
    package var serial = Serial()
    package var bluetooth = Bluetooth()
    package var devices = Devices()
    package var range = Range()
    package var pressure = Pressure()
    package var web = Web()
    package var tls = TLS()
    package var store = Store()
    package var motion = Motion()
    package var mqtt = MQTT()
    package var shutdownTimeout = Nanoseconds.seconds(5)

    package init() {}
}

/// The differences between the running configuration and a new one.
package struct ConfigurationChanges: Equatable, Sendable {
    package struct Change: Equatable, Sendable, CustomStringConvertible {
        package let path: String
        package let effect: Setting.Effect
        /// As it is written in the file; secrets are masked.
        package let before: String
        package let after: String

        package var description: String { "\(path): \(before) → \(after)" }
    }

    /// In the order of the file.
    package let all: [Change]

    /// The changes that apply at once.
    package var live: [Change] { all.filter { $0.effect == .live } }
    /// The changes that apply after a restart.
    package var restart: [Change] { all.filter { $0.effect == .restart } }
}

extension Schema {
    package func changes(from old: Configuration, to new: Configuration) -> ConfigurationChanges {
        let changed = settings.filter { !$0.isEqual(in: old, and: new) }
        return ConfigurationChanges(
            all: changed.map { setting in
                ConfigurationChanges.Change(
                    path: setting.path, effect: setting.effect, before: displayText(setting, in: old),
                    after: displayText(setting, in: new))
            })
    }

    /// The value as it is written in the file; secrets are masked.
    package func displayText(_ setting: Setting, in configuration: Configuration) -> String {
        let text = setting.text(in: configuration)
        return setting.isSecret && text != setting.defaultText ? "(a secret)" : text
    }

    /// The configuration that a running gateway continues with: new values for live settings, old values for the
    /// others.
    package func adoptingLiveChanges(of new: Configuration, in running: Configuration) -> Configuration {
        var result = running
        for setting in settings where setting.effect == .live { setting.copy(from: new, to: &result) }
        return result
    }
}

/// The version of this build. It is written here only.
package enum Version {
    package static let gateway = "0.1.0"
}
