/// A part of the file with its own keys.
package struct Section: Sendable {
    /// Dotted: `heart.smoothing`; empty for the file itself.
    package let path: String
    package let documentation: String

    init(_ path: String, _ documentation: String) {
        self.path = path
        self.documentation = documentation
    }
}

/// Every key there is. Whoever validates, explains, overrides or compares configurations asks here and nowhere else.
package struct Schema: Sendable {
    /// In the order of the file.
    package let settings: [Setting]
    package let sections: [Section]

    private let settingsByPath: [String: Setting]
    private let sectionsByPath: [String: Section]
    private let namesBySection: [String: [String]]

    init(sections: [Section], settings: [Setting]) {
        self.sections = sections
        self.settings = settings
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

    /// What stands in a section, keys and sections alike, in the order of the file.
    func names(in section: String) -> [String] { namesBySection[section] ?? [] }

    func isSection(_ path: String) -> Bool { namesBySection[path] != nil }

    /// The sentence about a key that does not exist, with the nearest one that does.
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

    /// First among its neighbours, then as a whole, then by its last name anywhere.
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
