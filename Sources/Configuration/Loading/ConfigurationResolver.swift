/// Applies the configuration's sources in order of precedence and collects the errors.
struct ConfigurationResolver {
    private(set) var configuration = Configuration()
    private var problems: [ConfigurationProblem] = []
    private var omittedProblems = 0

    private static let schema = Schema.gateway
    /// The source that last set, or tried to set, each key.
    private(set) var origins: [String: ConfigurationOrigin] = [:]
    private var invalidPaths: Set<String> = []

    mutating func read(_ file: ConfigurationText) {
        let document = YAMLDocument(file.bytes)
        for problem in document.problems {
            addProblem(.file(name: file.name, position: problem.position), problem.message)
        }
        if let root = document.root { readSection("", root, file: file.name) }
    }

    /// Sorts the variables by name, so that messages have a deterministic order.
    mutating func read(environment: [String: String]) {
        readBroker(environment)
        let paths = Dictionary(Self.schema.settings.map { ($0.environmentVariable, $0.path) }) { first, _ in first }
        for (variable, value) in environment.sorted(by: { $0.key < $1.key })
        where variable.hasPrefix(Setting.environmentPrefix) && variable != Setting.tokenVariable {
            let origin = ConfigurationOrigin.environment(variable: variable)
            guard let path = paths[variable], let setting = Self.schema.setting(path) else {
                addProblem(origin, Self.unknown(variable: variable))
                continue
            }
            assign(setting, YAMLNode(.scalar(YAMLScalar(value, .external)), at: .start), origin)
        }
    }

    /// Variables that other programs use too: they count only if they name a broker, because container engines set
    /// some of them for their own purposes.
    private mutating func readBroker(_ environment: [String: String]) {
        guard environment["MQTT_BROKER"] != nil else { return }
        for (variable, path) in Self.brokerVariables {
            guard let value = environment[variable], let setting = Self.schema.setting(path) else { continue }
            assign(
                setting, YAMLNode(.scalar(YAMLScalar(value, .external)), at: .start),
                .environment(variable: variable))
        }
    }

    private static let brokerVariables = [
        ("MQTT_BROKER", "mqtt.host"), ("MQTT_PORT", "mqtt.port"), ("MQTT_TOPIC", "mqtt.topic"),
        ("MQTT_USERNAME", "mqtt.username"), ("MQTT_PASSWORD", "mqtt.password"),
    ]

    mutating func read(_ assignment: ConfigurationAssignment) {
        let origin = ConfigurationOrigin.option(assignment.option)
        guard let setting = Self.schema.setting(assignment.path) else {
            let names = Self.schema.names(in: assignment.path)
            addProblem(
                origin,
                names.isEmpty || assignment.path.isEmpty
                    ? Self.schema.unknownKey(assignment.path)
                    : "\(assignment.path) is a section; set one of its keys: \(names.joined(separator: ", "))")
            return
        }
        assign(setting, YAMLNode(.scalar(YAMLScalar(assignment.value, .external)), at: .start), origin)
    }

    /// Nil when the configuration is valid.
    var error: ConfigurationError? {
        problems.isEmpty ? nil : ConfigurationError(problems, omitted: omittedProblems)
    }

    /// Checks constraints between keys. Values that are already invalid are left out, so that no value is reported
    /// twice.
    mutating func crossCheck() {
        for conflict in CrossChecks.conflicts(in: configuration) where invalidPaths.isDisjoint(with: conflict.paths) {
            // Two defaults never conflict, so at least one of the keys has an origin.
            let latest = conflict.paths.compactMap { origins[$0] }.max { $1.isLater(than: $0) }
            if let latest { addProblem(latest, conflict.message) }
        }
    }

    private mutating func readSection(_ path: String, _ node: YAMLNode, file: String) {
        let names = Self.schema.names(in: path).joined(separator: ", ")
        switch node.content {
        case .invalid: return
        // A section whose keys are all commented out.
        case .scalar(let scalar) where scalar.isNull: return
        case .scalar, .sequence:
            let what = path.isEmpty ? "a configuration consists of keys" : "\(path) is a section with keys of its own"
            addProblem(.file(name: file, position: node.position), "\(what) (\(names)), not a single value or a list")
        case .mapping(let entries):
            for entry in entries { read(entry, in: path, file: file) }
        }
    }

    private mutating func read(_ entry: YAMLEntry, in section: String, file: String) {
        let path = section.isEmpty ? entry.key : "\(section).\(entry.key)"
        let keyOrigin = ConfigurationOrigin.file(name: file, position: entry.position)
        if entry.key.contains(".") {
            let isKnown = Self.schema.setting(path) != nil || Self.schema.isSection(path)
            addProblem(keyOrigin, isKnown ? Self.nested(path) : Self.schema.unknownKey(path))
        } else if let setting = Self.schema.setting(path) {
            assign(setting, entry.value, keyOrigin)
        } else if Self.schema.isSection(path) {
            readSection(path, entry.value, file: file)
        } else {
            addProblem(keyOrigin, Self.schema.unknownKey(path))
        }
    }

    /// Reports errors at the position of the value, or at the key where the value has no position of its own.
    private mutating func assign(_ setting: Setting, _ node: YAMLNode, _ origin: ConfigurationOrigin) {
        origins[setting.path] = origin
        guard let error = setting.assign(node, in: &configuration) else {
            invalidPaths.remove(setting.path)
            return
        }
        invalidPaths.insert(setting.path)
        guard let message = setting.message(error) else { return }
        if case .file(let name, _) = origin {
            addProblem(.file(name: name, position: error.part?.position ?? node.position), message)
        } else {
            addProblem(origin, message)
        }
    }

    /// The message is an autoclosure, because finding the nearest name is expensive and the number of messages is
    /// limited.
    private mutating func addProblem(_ origin: ConfigurationOrigin, _ message: @autoclosure () -> String) {
        guard problems.count < ConfigurationError.maximumProblems else { return omittedProblems += 1 }
        problems.append(ConfigurationProblem(origin, message()))
    }

    private static func unknown(variable: String) -> String {
        let nearest = NearestName.best(for: variable, among: schema.settings.map(\.environmentVariable))
        return "unknown key" + (nearest.map { "; did you mean \($0)?" } ?? "")
    }

    private static func nested(_ path: String) -> String {
        let levels = path.split(separator: ".").map { "\($0):" }.joined(separator: ", then ")
        return "dotted keys are nested in a file: write \(levels), each on its own line and indented further"
    }
}
