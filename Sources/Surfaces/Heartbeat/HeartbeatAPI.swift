import Configuration
import Events
import JSON
import Metrics
import Reactor
import Signals
import Web

/// The heartbeat API: a simulated heart for training and testing, and real sensors behind the same interface. All
/// parameters are query parameters; `person` selects one of several hearts.
@ReactorActor
package final class HeartbeatAPI: Surface {
    package let events: Set<EventKind> = [.heart, .heartBeat, .heartSilence]
    let persons: HeartbeatPersons

    package init(
        _ configuration: Configuration.Heartbeat, settings: WebSocketSettings, deflater: Deflater?,
        metrics: MetricsRegistry, timers: TimerQueue = EventLoop.shared.timers
    ) {
        let socketMetrics = SocketMetrics(surface: "heartbeat", rejectReasons: [], registry: metrics)
        func make(_ name: String, _ source: HeartbeatSource) -> HeartbeatPerson {
            HeartbeatPerson(
                name, source: source, settings: settings, deflater: deflater, latency: socketMetrics.latency,
                timers: timers)
        }
        persons = HeartbeatPersons(standard: make("", configuration.source)) { make($0, .simulation) }
        socketMetrics.addClientGauge { [persons] in persons.clientCount }
    }

    package func handle(_ event: Event) { persons.handle(event) }

    package func addresses(in configuration: Configuration) -> [ServedAddress] {
        let host = configuration.http.listener.localAddress
        return [ServedAddress(purpose: "heartbeat API", address: "http://\(host)/heartbeat/current")]
    }

    package func writeHealth(to writer: inout JSONWriter) {
        writer.member("service", "Heartbeat Simulation API")
        writer.member("simulation_state", persons.standard.stateName)
        writer.member("base_bpm", persons.standard.model.baseline)
        writer.member("websocket_clients", persons.clientCount)
    }

    package func addRoutes(to routes: Router) {
        let table = HeartbeatRoutes(routes, persons)
        addReads(to: table)
        addSimulation(to: table)
        addInputs(to: table)
        addSettings(to: table)
        for beginning in ["/heartbeat/", "/simulation/", "/input/"] {
            routes.setNotFoundError(beginning) { .object(status: .notFound) { $0.member("detail", "Not Found") } }
        }
        routes.get("/ws/heartbeat", HeartbeatDocumentation.socket) { [persons] request in
            do throws(HeartbeatError) {
                let name = request.head.query["person"] ?? ""
                try persons.check(name)
                return .webSocket(HeartbeatSocket(name, of: persons))
            } catch {
                return .response(error.response)
            }
        }
    }

    private func addReads(to table: HeartbeatRoutes) {
        table.get("/heartbeat/current", HeartbeatDocumentation.current) { person, _ throws(HeartbeatError) in
            guard let latest = person?.latest else { throw .noData }
            return .json { latest.write(to: &$0) }
        }
        table.get("/heartbeat/history", HeartbeatDocumentation.history) { person, _ in
            .object { writer in
                writer.array("records", person?.history.records ?? []) { $0.write(to: &$1) }
            }
        }
        table.get("/heartbeat/baseline", HeartbeatDocumentation.baseline) { [persons] person, _ in
            let person = person ?? persons.standard
            return .object { writer in
                writer.member("baseline_bpm", person.model.baseline)
                writer.member("current_bpm", Int(person.model.rate))
                writer.member("current_stress_level", person.model.stress)
                writer.member("profile", HeartbeatProfile.name(of: person.model.baseline))
                writer.member("state", person.stateName)
            }
        }
        table.get("/simulation/persons", HeartbeatDocumentation.persons) { [persons] _, _ in
            .object { writer in
                writer.array("persons", persons.all) { person, writer in
                    writer.beginObject()
                    writer.member("person", person.name)
                    writer.member("state", person.stateName)
                    writer.member("source", person.source.text)
                    writer.member("base_bpm", person.model.baseline)
                    writer.member("websocket_clients", person.clientCount)
                    writer.endObject()
                }
            }
        }
    }

    private func addSimulation(to table: HeartbeatRoutes) {
        table.post("/simulation/start", HeartbeatDocumentation.start) { person, _ in
            let isNew = person.start()
            return .object { writer in
                writer.member("message", isNew ? "Simulation started" : "Simulation already running")
                writer.member("state", "running")
                if isNew { writer.member("base_bpm", person.model.baseline) }
            }
        }
        table.post("/simulation/stop", HeartbeatDocumentation.stop) { person, _ in
            let wasRunning = person.stop()
            return .object { writer in
                writer.member("message", wasRunning ? "Simulation stopped" : "Simulation already stopped")
                writer.member("state", "stopped")
            }
        }
        table.post("/simulation/stress-test", HeartbeatDocumentation.stressTest) { person, _ throws(HeartbeatError) in
            guard person.isRunning else { throw .notRunning }
            person.model.beginStressTest()
            return .object { writer in
                writer.member("message", "Stress test initiated")
                writer.member("duration_seconds", 5)
                writer.member("state", "running")
            }
        }
        table.post("/simulation/trigger-stress", HeartbeatDocumentation.triggerStress) {
            person, query throws(HeartbeatError) in
            let level = query.number("stress_level", default: 0.8)
            try query.check()
            guard (0...1).contains(level) else { throw .badRequest("stress_level must be between 0 and 1") }
            person.model.raiseStress(to: level)
            return .object { writer in
                writer.member("message", "Stress event triggered")
                writer.member("stress_level", person.model.stress)
                writer.member("state", person.stateName)
            }
        }
    }

    private func addInputs(to table: HeartbeatRoutes) {
        table.post("/simulation/set-baseline", HeartbeatDocumentation.setBaseline) {
            person, query throws(HeartbeatError) in
            person.model.baseline = try query.baseline(default: HeartbeatModel.defaultBaseline)
            return .object { writer in
                writer.member("message", "Baseline heart rate updated")
                writer.member("baseline_bpm", person.model.baseline)
                writer.member("profile", HeartbeatProfile.name(of: person.model.baseline))
            }
        }
        table.post("/input/set-normal-heartrate", HeartbeatDocumentation.setNormalRate) {
            person, query throws(HeartbeatError) in
            let old = person.model.baseline
            let reason = query.text("reason") ?? "manual"
            person.model.setNormalRate(try query.baseline(default: nil))
            return .object { writer in
                writer.member("message", "Normal heart rate updated")
                writer.member("old_baseline_bpm", old)
                writer.member("new_baseline_bpm", person.model.baseline)
                writer.member("profile", HeartbeatProfile.fineName(of: person.model.baseline))
                writer.member("reason", reason)
                writer.member("current_bpm", Int(person.model.rate))
            }
        }
        for (path, message) in [("video", "Video input processed"), ("audio", "Audio input processed")] {
            table.post("/input/\(path)-stress", HeartbeatDocumentation.detectedStress) {
                person, query throws(HeartbeatError) in
                let isDetected = query.flag("stress_detected")
                let intensity = try query.intensity("intensity")
                if isDetected { person.model.raiseStress(to: intensity) }
                return .object { writer in
                    writer.member("message", message)
                    writer.member("stress_detected", isDetected)
                    writer.member("current_stress_level", person.model.stress)
                    writer.member("current_bpm", orNull: person.latest?.rate)
                }
            }
        }
        table.post("/input/combined-stress", HeartbeatDocumentation.combinedStress) {
            person, query throws(HeartbeatError) in
            let video = query.flag("video_stress", default: false)
            let audio = query.flag("audio_stress", default: false)
            let (videoIntensity, audioIntensity) = try query.intensities("video_intensity", "audio_intensity")
            let applied = max(0, video ? videoIntensity : 0, audio ? audioIntensity : 0)
            person.model.raiseStress(to: applied)
            return .object { writer in
                writer.member("message", "Combined input processed")
                writer.member("video_stress", video)
                writer.member("audio_stress", audio)
                writer.member("applied_intensity", applied)
                writer.member("current_stress_level", person.model.stress)
                writer.member("current_bpm", orNull: person.latest?.rate)
            }
        }
    }

    /// What the original does not have: repeatable runs, faults, and real sensors.
    private func addSettings(to table: HeartbeatRoutes) {
        table.post("/simulation/seed", HeartbeatDocumentation.seed) { person, query throws(HeartbeatError) in
            let seed = query.integer("seed")
            try query.check()
            person.use(seed: UInt64(bitPattern: Int64(seed)))
            return .object { writer in
                writer.member("message", "Simulation seeded")
                writer.member("seed", seed)
                writer.member("state", person.stateName)
            }
        }
        table.post("/simulation/faults", HeartbeatDocumentation.faults) { person, query throws(HeartbeatError) in
            let dropout = query.number("dropout", default: person.faults.dropout)
            let noise = query.number("noise", default: person.faults.noise)
            let isFrozen = query.flag("frozen", default: person.faults.isFrozen)
            try query.check()
            guard (0...1).contains(dropout) else { throw .badRequest("dropout must be between 0 and 1") }
            guard (0...60).contains(noise) else { throw .badRequest("noise must be between 0 and 60") }
            person.faults.dropout = dropout
            person.faults.noise = noise
            person.faults.isFrozen = isFrozen
            return .object { writer in
                writer.member("message", "Faults set")
                writer.member("dropout", dropout)
                writer.member("noise", noise)
                writer.member("frozen", isFrozen)
            }
        }
        table.post("/simulation/source", HeartbeatDocumentation.source) { person, query throws(HeartbeatError) in
            let text = query.requiredText("source")
            try query.check()
            guard let source = HeartbeatSource(text) else {
                throw .badRequest("source must be simulation, auto, user:ID or strap:ID")
            }
            person.use(source: source)
            return .object { writer in
                writer.member("message", "Source set")
                writer.member("source", source.text)
                writer.member("state", person.stateName)
            }
        }
    }
}

/// Adds routes with the conventions of the original's framework: typed query parameters, 405 as JSON, and a redirect from
/// a path with a trailing slash.
@ReactorActor
struct HeartbeatRoutes {
    typealias Read =
        @ReactorActor (HeartbeatPerson?, inout QueryParameters) throws(HeartbeatError) -> HTTPResponse
    typealias Change = @ReactorActor (HeartbeatPerson, inout QueryParameters) throws(HeartbeatError) -> HTTPResponse

    private let routes: Router
    private let persons: HeartbeatPersons

    init(_ routes: Router, _ persons: HeartbeatPersons) {
        self.routes = routes
        self.persons = persons
    }

    /// A request about a person who does not exist creates nobody.
    func get(
        _ path: String, _ description: @autoclosure @escaping () -> RouteDescription, _ handle: @escaping Read
    ) {
        add(.get, path, description) { [persons] query throws(HeartbeatError) in
            try handle(persons.existing(query.text("person") ?? ""), &query)
        }
    }

    func post(
        _ path: String, _ description: @autoclosure @escaping () -> RouteDescription, _ handle: @escaping Change
    ) {
        add(.post, path, description) { [persons] query throws(HeartbeatError) in
            try handle(try persons.person(query.text("person") ?? ""), &query)
        }
    }

    private func add(
        _ method: HTTPMethod, _ path: String, _ description: @escaping () -> RouteDescription,
        _ handle: @escaping @ReactorActor (inout QueryParameters) throws(HeartbeatError) -> HTTPResponse
    ) {
        routes.add(method, path, description(), access: method == .get ? .reads : .simulates) { request in
            do throws(HeartbeatError) {
                var query = QueryParameters(request.head.query)
                return .response(try handle(&query))
            } catch {
                return .response(error.response)
            }
        }
        routes.setMethodError(path) { .object { $0.member("detail", "Method Not Allowed") } }
        routes.redirect(path + "/", to: path)
    }
}

extension QueryParameters {
    func check() throws(HeartbeatError) {
        if !problems.isEmpty { throw .invalid(problems) }
    }

    fileprivate mutating func baseline(default initial: Int?) throws(HeartbeatError) -> Int {
        let baseline = integer("baseline_bpm", default: initial)
        try check()
        let range = HeartbeatModel.baselines
        guard range.contains(baseline) else {
            throw .badRequest("baseline_bpm must be between \(range.lowerBound) and \(range.upperBound)")
        }
        return baseline
    }

    fileprivate mutating func intensity(_ name: String) throws(HeartbeatError) -> Double {
        let intensity = number(name, default: 0.5)
        try check()
        try Self.check(intensity, name)
        return intensity
    }

    /// One answer names all parameters that cannot be read.
    fileprivate mutating func intensities(
        _ first: String, _ second: String
    ) throws(HeartbeatError) -> (Double, Double) {
        let intensities = (number(first, default: 0.5), number(second, default: 0.5))
        try check()
        try Self.check(intensities.0, first)
        try Self.check(intensities.1, second)
        return intensities
    }

    /// NaN is accepted and has no effect, as in the original.
    private static func check(_ intensity: Double, _ name: String) throws(HeartbeatError) {
        guard intensity.isNaN || (0...1).contains(intensity) else {
            throw .badRequest("\(name) must be between 0 and 1")
        }
    }
}
