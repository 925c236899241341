/// What differs between the configuration that a gateway runs with and one that it was handed.
package struct ConfigurationChanges: Equatable, Sendable {
    package struct Change: Equatable, Sendable, CustomStringConvertible {
        package let path: String
        package let effect: Setting.Effect
        /// As it would stand in the file.
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
                    path: setting.path, effect: setting.effect, before: setting.text(in: old),
                    after: setting.text(in: new))
            })
    }

    /// What a running gateway continues with: the new values of what can change live, the old ones of the rest.
    package func adoptingLiveChanges(of new: Configuration, in running: Configuration) -> Configuration {
        var result = running
        for setting in settings where setting.effect == .live { setting.copy(from: new, to: &result) }
        return result
    }
}
