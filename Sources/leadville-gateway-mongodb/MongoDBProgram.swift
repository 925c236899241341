import Clocks
import Configuration
import Glibc

/// `leadville-gateway-mongodb`: follows the workouts of a gateway, and keeps a copy in MongoDB.
@main
struct MongoDBProgram {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.contains("--help") { return Output.print(Options.help) }
        if arguments.contains("--version") { return Output.print("leadville-gateway-mongodb \(Version.gateway)\n") }
        do {
            let options = try Options(arguments) { getenv($0).map { String(cString: $0) } }
            let server = try MongoDBServer(uri: options.uri, database: options.database)
            follow(
                Archive(gateway: GatewayReader(address: options.gateway, token: options.token), server: server), options
            )
        } catch let invalid as Options.Invalid {
            Output.log("\(invalid.message). Try --help.")
            exit(2)
        } catch {
            Output.log("\(error)")
            exit(1)
        }
    }

    /// Never returns. It can be killed at any time: what was not written is written after the next start.
    private static func follow(_ beginning: Archive, _ options: Options) {
        var archive = beginning
        var backoff = Backoff(first: .milliseconds(500), limit: .seconds(60))
        var isFailing = true
        while true {
            do {
                try archive.pass()
                if isFailing {
                    let gateway = "\(options.gateway.host):\(options.gateway.port)"
                    Output.log("The workouts of http://\(gateway) are in the database \(options.database)")
                }
                isFailing = false
                backoff.reset()
                sleep(options.interval)
            } catch {
                let delay = backoff.nextDelay()
                if !isFailing || backoff.failures == 1 { Output.log("\(error): retrying until it works") }
                isFailing = true
                sleep(delay)
            }
        }
    }

    private static func sleep(_ time: Nanoseconds) {
        usleep(UInt32(clamping: time.count / 1_000))
    }
}

/// Lines for people; they go to the journal when systemd starts the program.
enum Output {
    static func log(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    static func print(_ text: String) { write(text, to: STDOUT_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }
}
