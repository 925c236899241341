import Clocks
import Configuration
import Diagnostics
import Glibc
import JSON
import Network
import Reactor

/// `diagnose`: writes a file to send to support.
enum DiagnoseCommand {
    static func run(_ options: DiagnoseOptions) -> ExitStatus {
        let settings = DoctorCommand.settings(options.configurationFile)
        let gateway: RunningGateway
        do throws(ClientToken.ReadError) {
            gateway = RunningGateway(
                options.url ?? GatewayClient.address(settings.configuration),
                token: try ClientToken.read(options.tokenFile))
        } catch {
            return StandardStream.fail("\(error)")
        }
        var diagnosis = Diagnosis()
        diagnosis.add("Versions", VersionCommand.text + MachineFacts.text)
        diagnosis.add("Doctor", ReactorRunner.run { Doctor.examine(settings) }.text(inColour: false))
        diagnosis.add("Configuration", configuration(settings))
        for path in ["/health", "/api/devices", "/metrics"] { diagnosis.add("GET \(path)", gateway.text(path)) }
        let events = options.minutes.map { gateway.text("/api/events?minutes=\($0)") }
        if let events, let minutes = options.minutes {
            diagnosis.add(minutes == 1 ? "Events of the last minute" : "Events of the last \(minutes) minutes", events)
        }
        diagnosis.add("Log", log())
        var text = diagnosis.text
        if options.isPrivate {
            let names = gateway.names + RunningGateway.names(inLines: events ?? "")
            var pseudonyms = Pseudonyms(names: names + [LocalMachine.hostName] + userNames)
            text = pseudonyms.replacing(in: text)
        }
        return write(text, to: options.file ?? "leadville-diagnosis-\(time).txt")
    }

    /// The keys that differ from their defaults.
    private static func configuration(_ settings: Doctor.Settings) -> String {
        let source: String
        switch settings {
        case .invalid(let error): return "invalid: \(error)\n"
        case .file(let file, _): source = "\(file), and the environment"
        case .defaults: source = "no file, but the environment"
        }
        let changes = Schema.gateway.changes(from: Configuration(), to: settings.configuration).all
        return "from \(source)\n" + changes.map { "\($0.path): \($0.after) (default: \($0.before))\n" }.joined()
    }

    private static let maximumLogBytes = 4 << 20

    private static func log() -> String {
        let arguments = ["--unit=leadville-gateway", "--lines=1000", "--no-pager", "--output=short-iso-precise"]
        do {
            let result = try ChildProcess.run("journalctl", arguments, atMost: maximumLogBytes)
            return [result.output, result.errors].filter { !$0.isEmpty }.map { $0 + "\n" }.joined()
        } catch {
            return "The log cannot be read: \(error)\n"
        }
    }

    /// The user who runs this, whose name may be in paths.
    private static var userNames: [String] {
        let variables = ProcessEnvironment.variables()
        return ["USER", "SUDO_USER"].compactMap { variables[$0] }.filter { $0 != "root" }
    }

    /// For a file name: `20261129T175300Z`.
    private static var time: String {
        String(ISO8601.string(SystemClock.wall(), precision: .seconds).filter { $0 != "-" && $0 != ":" })
    }

    private static func write(_ text: String, to file: String) -> ExitStatus {
        guard file != "-" else { return StandardStream.printResult(text) }
        // Only its owner may read it, and no other file is overwritten.
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return StandardStream.fail("\(file): \(SystemError.text(of: errno))") }
        defer { close(descriptor) }
        let code = StandardStream.write(Array(text.utf8), to: descriptor)
        guard code == 0 else { return StandardStream.fail("\(file): \(SystemError.text(of: code))") }
        return StandardStream.printResult("Wrote \(file). Read it before you pass it on.\n")
    }
}

/// What a running gateway answers.
private struct RunningGateway {
    private let address: HTTPAddress

    private let token: String?

    init(_ address: HTTPAddress, token: String?) {
        self.address = address
        self.token = token
    }

    /// The body of the response, or why there is none.
    func text(_ path: String) -> String {
        do {
            let response = try GatewayClient.get(path, at: address, token: token)
            let status = response.status == 200 ? "" : "status \(response.status)\n"
            return status + String(decoding: response.body, as: UTF8.self)
        } catch {
            return "\(error)\n"
        }
    }

    /// The names that it knows of people, devices, targets and stages.
    var names: [String] {
        var names: [String] = []
        for path in ["/api/devices", "/api/targets", "/api/runs?limit=500", "/api/phones", "/api/hearts"] {
            guard let response = try? GatewayClient.get(path, at: address, token: token),
                let value = try? JSONValue(parsing: response.body, limits: Self.limits)
            else { continue }
            Self.collect(value, into: &names)
        }
        return names
    }

    /// Those in JSON objects, one per line.
    static func names(inLines text: String) -> [String] {
        var names: [String] = []
        for line in text.split(separator: "\n") {
            if let value = try? JSONValue(parsing: Array(line.utf8), limits: limits) { collect(value, into: &names) }
        }
        return names
    }

    private static let keys: Set = [
        "name", "user", "given_name", "own_name", "phone", "shooter_name", "stage_name", "shooter", "stage", "note",
    ]

    private static let limits = JSONLimits(
        depth: 32, bytes: 8 << 20, stringBytes: 64 << 10, members: 1 << 20, numberBytes: 64)

    private static func collect(_ value: JSONValue, into names: inout [String]) {
        switch value {
        case .array(let elements): for element in elements { collect(element, into: &names) }
        case .object(let object):
            for member in object.members {
                if let text = member.value.stringValue {
                    if keys.contains(member.key) { names.append(text) }
                } else {
                    collect(member.value, into: &names)
                }
            }
        default: break
        }
    }
}

extension Doctor.Settings {
    /// The defaults if the configuration is invalid.
    fileprivate var configuration: Configuration {
        switch self {
        case .defaults(let configuration), .file(_, let configuration): configuration
        case .invalid: Configuration()
        }
    }
}
