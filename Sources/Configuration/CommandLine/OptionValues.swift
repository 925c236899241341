import Clocks

extension ArgumentScanner {
    /// An option's value in the same words and with the same care as a key of the configuration.
    func value<Value>(
        _ option: String, _ format: ValueFormat<Value>, in command: CommandName
    ) throws(UsageError) -> Value? {
        guard let text = value(option) else { return nil }
        switch format.read(YAMLNode(.scalar(YAMLScalar(text, .external)), at: .start)) {
        case .success(let value): return value
        case .failure(let refusal):
            throw UsageError(
                .invalidValue(option: option, found: text, expected: format.expected, hint: refusal.hint), in: command)
        }
    }

    func seed(in command: CommandName) throws(UsageError) -> UInt64? {
        guard let text = value("seed") else { return nil }
        guard DecimalNumber(text)?.isWhole == true, let number = UInt64(text) else {
            let expected = "a whole number from 0 to \(UInt64.max)"
            throw UsageError(.invalidValue(option: "seed", found: text, expected: expected, hint: nil), in: command)
        }
        return number
    }

    func oneOf(_ choices: [String], _ option: String, in command: CommandName) throws(UsageError) -> String? {
        guard let text = value(option) else { return nil }
        guard choices.contains(text) else { throw UsageError.invalidChoice(option, text, among: choices, in: command) }
        return text
    }
}

extension RunOptions {
    init(_ arguments: ArgumentScanner) throws(UsageError) {
        demo = arguments.has("demo")
        configurationFile = arguments.value("config")
        _ = try arguments.value("log-level", ValueFormat<Configuration.Log.Level>.choice, in: .run)
        for option in arguments.options {
            let value = option.value ?? ""
            switch option.name {
            case "log-level":
                assignments.append(
                    ConfigurationAssignment(option: "--log-level \(value)", path: "log.level", value: value))
            case "set":
                guard let equals = value.firstIndex(of: "="), equals != value.startIndex else {
                    throw UsageError(
                        .invalidValue(
                            option: "set", found: value, expected: "KEY=VALUE, such as http.port=8080", hint: nil),
                        in: .run)
                }
                let path = String(value[..<equals])
                let isSecret = Schema.gateway.setting(path)?.isSecret ?? false
                assignments.append(
                    ConfigurationAssignment(
                        option: "--set \(isSecret ? "\(path)=…" : value)", path: path,
                        value: String(value[value.index(after: equals)...])))
            default: break
            }
        }
    }
}

extension ScanOptions {
    init(_ arguments: ArgumentScanner) throws(UsageError) {
        seconds = try arguments.value("seconds", .wholeNumber(in: 1...3_600), in: .scan) ?? seconds
        adapter = try arguments.value("adapter", .adapter, in: .scan) ?? adapter
        isProbing = arguments.has("probe")
        configurationFile = arguments.value("config")
        isJSON = arguments.has("json")
    }
}

extension DoctorOptions {
    init(_ arguments: ArgumentScanner) {
        configurationFile = arguments.value("config")
        isJSON = arguments.has("json")
    }
}

extension SimulateHeartOptions {
    init(_ arguments: ArgumentScanner) throws(UsageError) {
        let command = CommandName.simulateHeart
        users = try arguments.value("users", .wholeNumber(in: 1...1000), in: command) ?? users
        rate = try arguments.value("rate", .number(from: 0, open: true, to: 1000), in: command) ?? rate
        duration = try arguments.value(
            "duration", .duration(from: .milliseconds(1), to: .seconds(365 * 86_400)), in: command)
        if let text = arguments.value("to") {
            guard let address = HostAndPort(text) else {
                throw Self.invalid("to", text, "a host and a port, such as 192.168.1.20:8888 or [::1]:8888")
            }
            destination = address
        }
        seed = try arguments.seed(in: command)
        if let text = arguments.value("faults") { faults = try Self.faults(text) }
    }

    private static func faults(_ text: String) throws(UsageError) -> Set<SimulatedHeartFault> {
        if text == "all" { return Set(SimulatedHeartFault.allCases) }
        let names = SimulatedHeartFault.allCases.map(\.rawValue)
        var faults: Set<SimulatedHeartFault> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let fault = SimulatedHeartFault(rawValue: String(word)) else {
                let nearest = NearestName.best(for: String(word), among: names).map { "did you mean \($0)?" }
                throw invalid("faults", String(word), "some of \(names.joined(separator: ", ")), or all", hint: nearest)
            }
            faults.insert(fault)
        }
        return faults
    }

    private static func invalid(
        _ option: String, _ found: String, _ expected: String, hint: String? = nil
    ) -> UsageError {
        UsageError(.invalidValue(option: option, found: found, expected: expected, hint: hint), in: .simulateHeart)
    }
}
