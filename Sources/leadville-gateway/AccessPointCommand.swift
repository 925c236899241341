import Configuration
import Glibc
import Network
import Reactor
import Store
import Surfaces

/// `access-point on|off|status`: a Wi-Fi network of this machine, by NetworkManager.
enum AccessPointCommand {
    /// NetworkManager's exit status for a connection that it does not know.
    private static let unknownStatus: Int32 = 10

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func run(_ options: AccessPointOptions) -> ExitStatus {
        do {
            let configuration = try EffectiveConfiguration(options.configurationFile).configuration
            let directory = StateDirectory.pathForCommand(configuration.stateDirectory)
            let file = AccessPointFile(directory: directory)
            switch options.action {
            case .on:
                _ = try StateDirectory.open(directory)
                return try switchOn(options, file, port: configuration.http.port)
            case .off: return try switchOff(file)
            case .status: return try showStatus(file, port: configuration.http.port)
            }
        } catch {
            return StandardStream.fail(EffectiveConfiguration.message(error))
        }
    }

    // MARK: Actions

    private static func switchOn(
        _ options: AccessPointOptions, _ file: AccessPointFile, port: Int
    ) throws -> ExitStatus {
        let last = try file.read()?.point
        let point = try AccessPoint(
            name: options.name ?? last?.name ?? "LeadVille",
            password: try options.passwordFile.map(readPassword) ?? last?.password ?? AccessPoint.randomPassword(),
            interface: options.interface ?? last?.interface)
        guard try manager(["--terse", "--get-values", "RUNNING", "general", "status"]).output == "running" else {
            throw Failure(description: "NetworkManager does not run: sudo systemctl start NetworkManager")
        }
        let path = "\(options.directory)/\(AccessPoint.connectionName).nmconnection"
        // Readable for root only.
        try SmallFile.replace(path, with: Array(point.connectionFile.utf8), mode: 0o600)
        try check(manager(["connection", "load", path]))
        try check(manager(["--wait", "30", "connection", "up", "id", AccessPoint.connectionName]))
        try file.write(.init(point: point, isOn: true))
        return show(point, port: port)
    }

    private static func switchOff(_ file: AccessPointFile) throws -> ExitStatus {
        let result = try manager(["--wait", "10", "connection", "delete", "id", AccessPoint.connectionName])
        if result.status != unknownStatus { try check(result) }
        if var content = try file.read(), content.isOn {
            content.isOn = false
            try file.write(content)
        }
        return StandardStream.printResult(
            result.status == unknownStatus ? "The network was off already\n" : "The network is off\n")
    }

    private static func showStatus(_ file: AccessPointFile, port: Int) throws -> ExitStatus {
        let result = try manager([
            "--terse", "--get-values", "GENERAL.STATE", "connection", "show", "id", AccessPoint.connectionName,
        ])
        if result.status != unknownStatus { try check(result) }
        guard result.status == 0, result.output == "activated" else {
            let state = result.status == 0 ? "defined, but not active" : "off"
            _ = StandardStream.printResult("The network is \(state)\n")
            return .failure
        }
        guard let content = try file.read() else {
            return StandardStream.printResult("The network is on; its name and its password are unknown here\n")
        }
        return show(content.point, port: port)
    }

    private static func show(_ point: AccessPoint, port: Int) -> ExitStatus {
        let byName = LocalMachine.localName.map { "http://\($0):\(port)/ or " } ?? ""
        let isTerminal = isatty(StandardStream.output.rawValue) == 1
        return StandardStream.printResult(
            """
            The network \(point.name) is on. Its password is \(point.password)
            Join it with the camera of a phone, then open \(byName)http://10.42.0.1:\(port)/

            \(point.code?.text(inColour: isTerminal) ?? "")
            """)
    }

    // MARK: NetworkManager

    private static func manager(_ arguments: [String]) throws -> ChildProcess.Result {
        do {
            return try ChildProcess.run("nmcli", arguments)
        } catch let error as SystemError where error.code == ENOENT {
            throw Failure(description: "nmcli is missing: this machine does not use NetworkManager")
        }
    }

    private static func check(_ result: ChildProcess.Result) throws(Failure) {
        guard result.status != 0 else { return }
        let text = result.errors.isEmpty ? "nmcli ended with status \(result.status)" : result.errors
        throw Failure(description: "NetworkManager: \(text)")
    }

    private static func readPassword(_ path: String) throws(SystemError) -> String {
        let bytes = try SmallFile.read(path, atMost: 256, waits: true)
        return String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    }
}
