/// Splits the arguments of one command into options and operands, according to the command's specification.
struct ArgumentScanner {
    struct Option: Equatable {
        var name: String
        /// Nil for a flag.
        var value: String?
    }

    private(set) var options: [Option] = []
    private(set) var operands: [String] = []
    /// Whether `--help` was among them; the arguments after it are then ignored.
    private(set) var asksForHelp = false

    private let command: CommandSpecification

    init(_ arguments: ArraySlice<String>, for command: CommandSpecification) throws(UsageError) {
        self.command = command
        var rest = arguments
        while let argument = rest.popFirst() {
            if argument == "--" {
                operands += rest
                break
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                operands.append(argument)
                continue
            }
            if argument == "-h" || argument == "--help" {
                asksForHelp = true
                return
            }
            try scan(option: argument, following: &rest)
        }
        let most = command.operands.count + command.optionalOperands.count
        if operands.count > most { throw UsageError(.unexpectedOperand(operands[most]), in: command.name) }
        if operands.count < command.operands.count {
            throw UsageError(.missingOperand(command.operands[operands.count]), in: command.name)
        }
    }

    /// The last value given for an option.
    func value(_ name: String) -> String? {
        options.last { $0.name == name }?.value
    }

    /// All values given for an option that can be repeated.
    func values(_ name: String) -> [String] {
        options.filter { $0.name == name }.compactMap(\.value)
    }

    func has(_ name: String) -> Bool {
        options.contains { $0.name == name }
    }

    private mutating func scan(option argument: String, following rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts[0].hasPrefix("--"), let option = command.option(String(parts[0].dropFirst(2))) else {
            throw unknown(parts[0])
        }
        guard option.canRepeat || !has(option.name) else {
            throw UsageError(.repeatedOption(option.name), in: command.name)
        }
        guard let valueName = option.valueName else {
            guard parts.count == 1 else { throw UsageError(.unexpectedValue(option: option.name), in: command.name) }
            options.append(Option(name: option.name, value: nil))
            return
        }
        if parts.count == 2 {
            options.append(Option(name: option.name, value: parts[1]))
        } else if let value = rest.first, value == "-" || !value.hasPrefix("-") {
            rest.removeFirst()
            options.append(Option(name: option.name, value: value))
        } else {
            throw UsageError(.missingValue(option: option.name, valueName: valueName), in: command.name)
        }
    }

    private func unknown(_ text: String) -> UsageError {
        let names = command.options.map(\.name) + ["help"]
        let typed = String(text.drop { $0 == "-" })
        let nearest = NearestName.best(for: typed, among: names)
        return UsageError(.unknownOption(text, nearest: nearest.map { "--\($0)" }), in: command.name)
    }
}

extension ArgumentScanner {
    /// Parses an option's value with the same format, and the same error messages, as a configuration key.
    func value<Value>(
        _ option: String, _ format: ValueFormat<Value>, in command: CommandName
    ) throws(UsageError) -> Value? {
        guard let text = value(option) else { return nil }
        switch format.read(YAMLNode(.scalar(YAMLScalar(text, .external)), at: .start)) {
        case .success(let value): return value
        case .failure(let error):
            throw UsageError(
                .invalidValue(option: option, found: text, expected: format.expected, hint: error.hint), in: command)
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

    /// The address of a gateway; nil without `--url`.
    func gateway(in command: CommandName) throws(UsageError) -> HTTPAddress? {
        guard let text = value("url") else { return nil }
        guard let address = HTTPAddress(text) else {
            let expected = "an address such as http://range.local:8000"
            throw UsageError(.invalidValue(option: "url", found: text, expected: expected, hint: nil), in: command)
        }
        return address
    }

    func oneOf(_ choices: [String], _ option: String, in command: CommandName) throws(UsageError) -> String? {
        guard let text = value(option) else { return nil }
        guard choices.contains(text) else { throw UsageError.invalidChoice(option, text, among: choices, in: command) }
        return text
    }
}
