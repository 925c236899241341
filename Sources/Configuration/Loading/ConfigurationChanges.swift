/// What differs between the configuration that a gateway runs with and one that it was handed.
package struct ConfigurationChanges: Equatable, Sendable {
    package struct Change: Equatable, Sendable, CustomStringConvertible {
        package let path: String
        package let effect: Setting.Effect
        /// As it would stand in the file; a secret is only said to be there.
        package let before: String
        package let after: String

        package var description: String { "\(path): \(before) → \(after)" }
    }

    /// In the order of the file.
    package let all: [Change]

    /// These apply at once.
    package var live: [Change] { all.filter { $0.effect == .live } }
    /// These wait for the next start.
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

    private func displayText(_ setting: Setting, in configuration: Configuration) -> String {
        let text = setting.text(in: configuration)
        return setting.isSecret && text != "\"\"" ? "(a secret)" : text
    }

    /// What a running gateway continues with: the new values of what can change live, the old ones of the rest.
    package func adoptingLiveChanges(of new: Configuration, in running: Configuration) -> Configuration {
        var result = running
        for setting in settings where setting.effect == .live { setting.copy(from: new, to: &result) }
        return result
    }
}
