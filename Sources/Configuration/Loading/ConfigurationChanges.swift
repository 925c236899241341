/// What differs between the configuration that a gateway runs with and one that it was handed.
package struct ConfigurationChanges: Equatable, Sendable {
    package struct Change: Equatable, Sendable, CustomStringConvertible {
        package let path: String
        /// As it would stand in the file.
        package let before: String
        package let after: String

        package var description: String { "\(path): \(before) → \(after)" }
    }

    /// These apply at once.
    package private(set) var live: [Change] = []
    /// These wait for the next start.
    package private(set) var restart: [Change] = []

    package var isEmpty: Bool { live.isEmpty && restart.isEmpty }
}

extension Schema {
    package func changes(from old: Configuration, to new: Configuration) -> ConfigurationChanges {
        var changes = ConfigurationChanges()
        for setting in settings where !setting.isEqual(in: old, and: new) {
            changes.add(setting, from: old, to: new)
        }
        return changes
    }

    /// What a running gateway continues with: the new values of what can change live, the old ones of the rest.
    package func adoptingLiveChanges(of new: Configuration, in running: Configuration) -> Configuration {
        var result = running
        for setting in settings where setting.effect == .live { setting.copy(from: new, to: &result) }
        return result
    }
}

extension ConfigurationChanges {
    fileprivate mutating func add(_ setting: Setting, from old: Configuration, to new: Configuration) {
        let change = Change(path: setting.path, before: setting.text(in: old), after: setting.text(in: new))
        switch setting.effect {
        case .live: live.append(change)
        case .restart: restart.append(change)
        }
    }
}
