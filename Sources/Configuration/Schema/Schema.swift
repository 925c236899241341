import Text

/// A section of the configuration file.
package struct Section: Sendable {
    /// Dotted: `heart.smoothing`; empty for the file itself.
    package let path: String
    package let documentation: String

    init(_ path: String, _ documentation: String) {
        self.path = path
        self.documentation = documentation
    }
}

/// All keys of the configuration: the single source for validation, documentation, overrides and comparison.
package struct Schema: Sendable {
    /// In the order of the file.
    package let settings: [Setting]
    package let sections: [Section]

    private let settingsByPath: [String: Setting]
    private let sectionsByPath: [String: Section]
    private let namesBySection: [String: [String]]

    /// The documentation and the settings of a section.
    struct Part {
        let section: Section?
        let settings: [Setting]

        init(_ section: Section?, _ settings: [Setting]) {
            self.section = section
            self.settings = settings
        }
    }

    init(_ parts: [Part]) {
        sections = parts.compactMap(\.section)
        settings = parts.flatMap(\.settings)
        settingsByPath = Dictionary(settings.map { ($0.path, $0) }) { first, _ in first }
        sectionsByPath = Dictionary(sections.map { ($0.path, $0) }) { first, _ in first }
        var names: [String: [String]] = [:]
        for setting in settings {
            var parent = ""
            for name in setting.path.split(separator: ".").map(String.init) {
                if names[parent]?.contains(name) != true { names[parent, default: []].append(name) }
                parent = parent.isEmpty ? name : "\(parent).\(name)"
            }
        }
        namesBySection = names
    }

    func setting(_ path: String) -> Setting? { settingsByPath[path] }

    func section(_ path: String) -> Section? { sectionsByPath[path] }

    /// The names of the keys and sections in a section, in the order of the file.
    func names(in section: String) -> [String] { namesBySection[section] ?? [] }

    func isSection(_ path: String) -> Bool { namesBySection[path] != nil }

    /// The error message for an unknown key, with the nearest known key.
    func unknownKey(_ path: String) -> String {
        let excerpt = Excerpt.of(path)
        guard let nearest = nearest(to: path) else {
            let section = existingSection(around: path)
            let place = section.isEmpty ? "the configuration" : section
            return "unknown key \(excerpt); \(place) has " + names(in: section).joined(separator: ", ")
        }
        return "unknown key \(excerpt); did you mean \(nearest)?"
    }

    private func existingSection(around path: String) -> String {
        var section = path
        repeat {
            section = String(section[..<(section.lastIndex(of: ".") ?? section.startIndex)])
        } while !isSection(section)
        return section
    }

    /// Searches the same section first, then whole paths, then the last component of all paths.
    private func nearest(to path: String) -> String? {
        let section = String(path[..<(path.lastIndex(of: ".") ?? path.startIndex)])
        let name = path.split(separator: ".").last.map(String.init) ?? path
        let prefix = section.isEmpty ? "" : section + "."
        if let neighbour = NearestName.best(for: name, among: names(in: section)) { return prefix + neighbour }
        let paths = settings.map(\.path)
        if let whole = NearestName.best(for: path, among: paths) { return whole }
        guard let elsewhere = NearestName.best(for: name, among: settings.map(\.name)) else { return nil }
        return paths.first { $0 == elsewhere || $0.hasSuffix(".\(elsewhere)") }
    }
}

extension Schema {
    /// The gateway's schema. A new section needs one line here, one field in ``Configuration``, and its own file.
    package static let gateway = Schema([
        general, log, http, live, leadVille, heart, smoothing, heartbeat, serial, bluetooth, devices, range, pressure,
        web, compression, tls, store, motion, mqtt, mqttTLS, mqttPublish,
    ])

    private static let general = Part(
        nil,
        [
            Setting(
                "state_directory", \.stateDirectory, .path, .restart,
                """
                The directory for persistent state. When empty: the directory that systemd assigns \
                ($STATE_DIRECTORY), otherwise one in the user's home directory.
                """),
            Setting(
                "shutdown_timeout", \.shutdownTimeout, .duration(from: .zero, to: .seconds(600)), .live,
                "How long clients may take to receive queued data when the gateway stops."),
        ])
}
