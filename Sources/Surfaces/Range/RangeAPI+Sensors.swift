import Clocks
import Events
import JSON
import Reactor
import ShootingRange
import Signals
import Web

/// Sensors: status, thresholds, calibration, dry runs and recordings.
extension RangeAPI {
    func addSensors(to routes: Router) {
        addSensorStatus(to: routes)
        addSensorSettings(to: routes)
        addCalibration(to: routes)
    }

    private func addSensorStatus(to routes: Router) {
        routes.get("/api/sensors", RangeDocumentation.sensors) { [provider] _ in
            .response(
                .json { writer in
                    writer.beginObject()
                    writer.key("sensors")
                    writer.beginArray()
                    for sensor in provider.sensorList { SensorJSON.write(sensor, to: &writer) }
                    writer.endArray()
                    writer.endObject()
                })
        }
        routes.get("/api/sensors/{id}", RangeDocumentation.sensor) { [provider] request in
            Self.reply { () throws(RangeError) in
                let sensor = try Self.sensor(request.parameters["id"], of: provider)
                return .json { SensorJSON.write(sensor, to: &$0) }
            }
        }
        routes.get("/api/sensors/{id}/waveform", RangeDocumentation.waveform) { [provider] request in
            Self.reply { () throws(RangeError) in
                let query = request.head.query
                guard let seconds = Double(query["seconds"] ?? "30"), 1...120 ~= seconds,
                    let points = Int(query["points"] ?? "600"), 10...2_000 ~= points
                else { throw .invalid("\"seconds\" is a number from 1 to 120, \"points\" from 10 to 2000") }
                let (waveform, end) = try provider.waveform(
                    of: request.parameters["id"], span: Nanoseconds(seconds: seconds), count: points)
                return .json { Self.write(waveform, until: end, to: &$0) }
            }
        }
    }

    private func addSensorSettings(to routes: Router) {
        routes.add(.put, "/api/sensors/{id}/thresholds", RangeDocumentation.thresholds) { [provider] request in
            Self.replyWhenSaved(provider) { () throws(RangeError) in
                let (id, object) = (request.parameters["id"], try request.object())
                try provider.setThresholds(of: id) { (old: ImpactThresholds) throws(RangeError) in
                    try SensorJSON.read(object, changing: old)
                }
                let sensor = try Self.sensor(id, of: provider)
                return .json { SensorJSON.write(sensor, to: &$0) }
            }
        }
        routes.add(.put, "/api/sensors/{id}/target", RangeDocumentation.assign) { [provider] request in
            Self.replyWhenSaved(provider) { () throws(RangeError) in
                let members = try RequestMembers(request.object(), known: ["target"])
                guard let target = try members.text("target") else { throw .invalid("send {\"target\": id or null}") }
                try provider.assign(request.parameters["id"], to: target)
                let sensor = try Self.sensor(request.parameters["id"], of: provider)
                return .json { SensorJSON.write(sensor, to: &$0) }
            }
        }
    }

    /// What the thresholds should be: by taps on the target, or by what was received before.
    private func addCalibration(to routes: Router) {
        routes.add(.post, "/api/sensors/{id}/calibrate", RangeDocumentation.calibrate) { [provider] request in
            Self.replyWhenSaved(provider) { () throws(RangeError) in
                let members = try RequestMembers(request.object(), known: ["taps"])
                let counts = TapCalibration.counts
                let taps = try members.number("taps", in: Double(counts.lowerBound)...Double(counts.upperBound))
                try provider.calibrate(request.parameters["id"], taps: taps.map { Int($0) })
                let sensor = try Self.sensor(request.parameters["id"], of: provider)
                return .json(status: .accepted) { SensorJSON.write(sensor, to: &$0) }
            }
        }
        routes.add(.delete, "/api/sensors/{id}/calibrate", RangeDocumentation.stopCalibration) { [provider] request in
            Self.reply { () throws(RangeError) in
                try provider.stopCalibration(of: request.parameters["id"])
                let sensor = try Self.sensor(request.parameters["id"], of: provider)
                return .json { SensorJSON.write(sensor, to: &$0) }
            }
        }
        routes.add(.post, "/api/sensors/{id}/dry-run", RangeDocumentation.dryRun, access: .reads) {
            [provider] request in
            Self.asyncReply { () throws(RangeError) in
                let sensor = try Self.sensor(request.parameters["id"], of: provider)
                let members = try RequestMembers(request.object(), known: ["recording", "thresholds", "seconds"])
                var dryRun = DryRunRequest(
                    try SensorJSON.read(members.object("thresholds") ?? JSONObject(), changing: sensor.thresholds))
                dryRun.recording = try members.text("recording") ?? nil
                dryRun.span = try members.number("seconds", in: 0.1...3_600).map { Nanoseconds(seconds: $0) }
                let result = try await provider.dryRun(sensor.id, dryRun)
                return .json { Self.write(result, to: &$0) }
            }
        }
    }

    func addRecordings(to routes: Router) {
        routes.add(.post, "/api/sensors/{id}/recording/start", RangeDocumentation.startRecording) {
            [provider] request in
            Self.reply { () throws(RangeError) in
                let members = try RequestMembers(request.object(), known: ["name"])
                let name = try provider.startRecording(
                    request.parameters["id"], as: members.text("name", longest: 64) ?? nil)
                return .json(status: .created) { writer in
                    writer.beginObject()
                    writer.member("recording", name)
                    writer.endObject()
                }
            }
        }
        routes.add(.post, "/api/sensors/{id}/recording/stop", RangeDocumentation.stopRecording) { [provider] request in
            Self.replyWhenSaved(provider) { () throws(RangeError) in
                let recording = try provider.stopRecording(request.parameters["id"])
                return .json { Self.write(recording, to: &$0) }
            }
        }
        routes.get("/api/recordings", RangeDocumentation.recordings) { [provider] _ in
            Self.asyncReply { () throws(RangeError) in
                let recordings = try await provider.recordingList()
                return .json { writer in
                    writer.beginObject()
                    writer.key("recordings")
                    writer.beginArray()
                    for recording in recordings { Self.write(recording, to: &writer) }
                    writer.endArray()
                    writer.endObject()
                }
            }
        }
        routes.get("/api/recordings/{name}", RangeDocumentation.recording) { [provider] request in
            Self.asyncReply { () throws(RangeError) in
                .bytes(try await provider.recording(request.parameters["name"]), .plainText)
            }
        }
    }

    private static func sensor(
        _ id: String, of provider: any RangeProvider
    ) throws(RangeError) -> RangeSensorStatus {
        guard let sensor = provider.sensorList.first(where: { $0.id == id }) else {
            throw .unknown("there is no sensor \"\(id)\"")
        }
        return sensor
    }

    private static func write(_ waveform: Waveform, until end: WallTime, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("end", end)
        writer.member("seconds", waveform.span.inSeconds, decimals: 3)
        writer.member("quantity", waveform.quantity.name)
        writer.array("values", waveform.values) { value, writer in
            if let value { writer.number(value, decimals: 2) } else { writer.null() }
        }
        writer.endObject()
    }

    private static func write(_ recording: RecordingStatus, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", recording.name)
        writer.member("sensor", recording.sensor)
        writer.member("started", recording.started)
        writer.member("bytes", recording.bytes)
        writer.endObject()
    }

    private static func write(_ result: DryRunResult, to writer: inout JSONWriter) {
        writer.beginObject()
        if let begin = result.beginWall { writer.member("began", begin) }
        writer.member("seconds", result.span.inSeconds, decimals: 3)
        writer.member("samples", result.outcome.sampleCount)
        writer.key("thresholds")
        SensorJSON.write(result.thresholds, to: &writer)
        writer.key("baseline")
        SensorJSON.write(result.outcome.rest, to: &writer)
        writer.member("impacts", result.outcome.findings.count(where: \.isImpact))
        writer.member("impacts_with_present_thresholds", result.present.findings.count(where: \.isImpact))
        writer.key("findings")
        writer.beginArray()
        for finding in result.outcome.findings { SensorJSON.write(finding, since: result.begin, to: &writer) }
        writer.endArray()
        writer.endObject()
    }
}
