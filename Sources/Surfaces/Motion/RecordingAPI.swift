import Clocks
import Drivers
import Events
import JSON
import Reactor
import ShootingRange
import Signals
import Store
import Web

/// Recordings of phones: start, stop, list, rename, delete, download, and the analysis of a swing.
@ReactorActor
struct RecordingAPI {
    private let phones: PhoneService
    private let downloads = ExportLimiter()

    private static let path = "/api/motion/recordings"

    init(_ phones: PhoneService) {
        self.phones = phones
    }

    func addRoutes(to routes: Router) {
        addRequests(to: routes)
        routes.get(Self.path, RecordingDocumentation.list) { [phones] _ in
            RangeAPI.asyncReply { () throws(RangeError) in
                let list = try await Self.awaited { () throws(PhoneRecordingError) in
                    try await phones.recordings.list()
                }
                return .object { writer in
                    writer.array("recordings", list) { recording, writer in
                        writer.beginObject()
                        RecordingJSON.write(recording, to: &writer)
                        writer.endObject()
                    }
                }
            }
        }
        routes.get("\(Self.path)/{id}", RecordingDocumentation.download) { [phones, downloads] request in
            RangeAPI.asyncReply { () throws(RangeError) in
                let format: RunFormat = request.head.query["format"] == "csv" ? .csv : .json
                let host = "\(request.peer.host)"
                if let problem = downloads.begin(to: host) { throw .unavailable(problem) }
                do throws(RangeError) {
                    let download = RecordingDownload(try await Self.recording(request, of: phones), as: format)
                    let stream = HTTPBodyStream {
                        download.next()
                    } onFinish: {
                        downloads.end(to: host)
                    }
                    let name = "recording-\(request.parameters["id"])"
                    return .attachment(.stream(stream, format.type), name, format)
                } catch {
                    downloads.end(to: host)
                    throw error
                }
            }
        }
        routes.get("\(Self.path)/{id}/analysis", RecordingDocumentation.analysis) { [phones] request in
            RangeAPI.asyncReply { () throws(RangeError) in
                let samples = MotionSamples(bytes: try await Self.recording(request, of: phones).body).byQuantity
                let analysis = SwingAnalysis { samples[$0, default: []][...] }
                return .object { SwingJSON.write(analysis, to: &$0) }
            }
        }
    }

    private func addRequests(to routes: Router) {
        routes.add(.post, "\(Self.path)/start", RecordingDocumentation.start) { [phones] request in
            RangeAPI.reply { () throws(RangeError) in
                let members = try RequestMembers(request.object(), known: ["phone", "name", "before"])
                let phone = try Self.phone(members, of: phones)
                let before = Nanoseconds(seconds: try members.number("before", in: 0...30) ?? 0)
                let name = try members.text("name") ?? nil
                try Self.mapped { () throws(PhoneRecordingError) in
                    try phones.recordings.start(phone, name: name, before: before, at: .now())
                }
                return .object(status: .accepted) { $0.member("recording", phone.id.text) }
            }
        }
        routes.add(.post, "\(Self.path)/stop", RecordingDocumentation.stop) { [phones] request in
            RangeAPI.asyncReply { () throws(RangeError) in
                let members = try RequestMembers(request.object(), known: ["phone"])
                let phone = try Self.phone(members, of: phones)
                let id = try Self.mapped { () throws(PhoneRecordingError) in
                    try phones.recordings.stop(phone, at: .now()).id
                }
                return try await Self.entry(id, of: phones)
            }
        }
        routes.add(.patch, "\(Self.path)/{id}", RecordingDocumentation.rename) { [phones] request in
            RangeAPI.asyncReply { () throws(RangeError) in
                let members = try RequestMembers(request.object(), known: ["name"])
                guard let name = try members.text("name") ?? nil, !name.isEmpty else {
                    throw .invalid("send {\"name\": text}")
                }
                let id = request.parameters["id"]
                try await Self.awaited { () throws(PhoneRecordingError) in
                    try await phones.recordings.rename(id, to: name)
                }
                return try await Self.entry(id, of: phones)
            }
        }
        routes.add(.delete, "\(Self.path)/{id}", RecordingDocumentation.delete) { [phones] request in
            RangeAPI.asyncReply { () throws(RangeError) in
                try await Self.awaited { () throws(PhoneRecordingError) in
                    try await phones.recordings.delete(request.parameters["id"])
                }
                return HTTPResponse(.noContent)
            }
        }
    }

    /// The phone that a request names; without a name, the only one.
    private static func phone(
        _ members: RequestMembers, of phones: PhoneService
    ) throws(RangeError) -> PhoneService.Phone {
        if let name = try members.text("phone") ?? nil {
            guard let phone = phones[DeviceID(name)] else { throw .unknown("there is no phone \"\(name)\"") }
            return phone
        }
        let all = phones.phones
        guard let phone = all.first, all.count == 1 else {
            throw .invalid("there are \(all.count) phones; send {\"phone\": name}")
        }
        return phone
    }

    private static func recording(
        _ request: HTTPRequest, of phones: PhoneService
    ) async throws(RangeError) -> StoredMotion {
        try await awaited { () throws(PhoneRecordingError) in
            try await phones.recordings.recording(request.parameters["id"])
        }
    }

    private static func entry(_ id: String, of phones: PhoneService) async throws(RangeError) -> HTTPResponse {
        let entry = try await awaited { () throws(PhoneRecordingError) in try await phones.recordings.entry(id) }
        return .object { RecordingJSON.write(entry, to: &$0) }
    }

    private static func mapped<Value>(
        _ work: () throws(PhoneRecordingError) -> Value
    ) throws(RangeError) -> Value {
        do throws(PhoneRecordingError) { return try work() } catch { throw RangeError(error) }
    }

    private static func awaited<Value: Sendable>(
        _ work: @ReactorActor () async throws(PhoneRecordingError) -> Value
    ) async throws(RangeError) -> Value {
        do throws(PhoneRecordingError) { return try await work() } catch { throw RangeError(error) }
    }
}

extension RangeError {
    init(_ error: PhoneRecordingError) {
        switch error {
        case .unknownRecording(let id): self = .unknown("there is no recording \"\(id)\"")
        case .alreadyRecording: self = .conflict("this phone is being recorded already")
        case .notRecording: self = .conflict("this phone is not being recorded")
        case .unavailable(let reason): self = .unavailable(reason)
        }
    }
}

enum RecordingJSON {
    static func write(_ recording: StoredMotion, to writer: inout JSONWriter) {
        writer.member("id", recording.id)
        writer.member("name", recording.name)
        writer.member("phone", recording.phone)
        writer.member("session", orNull: recording.session)
        writer.member("started", recording.started)
        writer.member("duration", seconds: recording.duration)
        writer.member("samples", recording.samples)
        writer.member("trigger", recording.trigger)
    }
}

enum SwingJSON {
    static func write(_ analysis: SwingAnalysis, to writer: inout JSONWriter) {
        writer.member("verdict", analysis.verdict.rawValue)
        writer.member("text", analysis.verdict.text)
        writer.member("acceleration_unit", orNull: analysis.unit?.rawValue)
        write("heel_strike", analysis.heelStrike, unit: "acceleration", to: &writer)
        write("foot_plant", analysis.footPlant, unit: "acceleration", to: &writer)
        write("hips", analysis.hips, unit: "degrees_per_second", to: &writer)
        write("wrist", analysis.wrist, unit: "degrees_per_second", to: &writer)
        writer.member("direction", orNull: analysis.direction?.rawValue)
        write("heel_strike_to_hips_seconds", analysis.hipDelay, to: &writer)
        write("hips_to_foot_plant_seconds", analysis.hipsToFootPlant, to: &writer)
        write("heel_strike_to_wrist_seconds", analysis.wristDelay, to: &writer)
        writer.key("hips_before_wrist")
        if let isInOrder = analysis.isChainInOrder { writer.boolean(isInOrder) } else { writer.null() }
        MotionJSON.write(analysis.gaps, to: &writer)
        writer.member("interrupted", analysis.isInterrupted)
    }

    private static func write(
        _ name: StaticString, _ finding: SwingAnalysis.Finding?, unit: StaticString, to writer: inout JSONWriter
    ) {
        writer.key(name)
        guard let finding else { return writer.null() }
        writer.beginObject()
        writer.key("time")
        MotionJSON.write(finding.time, to: &writer)
        writer.member(unit, finding.value)
        writer.endObject()
    }

    private static func write(_ name: StaticString, _ span: Nanoseconds?, to writer: inout JSONWriter) {
        writer.key(name)
        if let span { writer.number(span.inSeconds) } else { writer.null() }
    }
}
