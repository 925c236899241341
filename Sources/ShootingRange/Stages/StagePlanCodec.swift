import Clocks
import Events
import JSON

/// The stored form of a stage plan.
enum StagePlanCodec {
    static func encode(_ plan: StagePlan) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        write(plan.leagues, to: &writer)
        write(plan.stages, to: &writer)
        if let chosen = plan.chosenStage { writer.member("chosen", chosen) }
        if let timer = plan.timer { writer.member("timer", timer.text) }
        object("site", to: &writer) { writer in
            writer.member("name", plan.site.name)
            writer.member("identifier", plan.site.identifier)
            writer.member("created_ms", plan.site.created.nanoseconds / 1_000_000)
            writer.member("updated_ms", plan.site.updated.nanoseconds / 1_000_000)
        }
        writeDevices(of: plan, to: &writer)
        list("sessions", plan.sessions, to: &writer) { session, writer in
            writer.member("id", session.id)
            writer.member("name", session.name)
            if let stage = session.stage { writer.member("stage", stage) }
        }
        object("last", to: &writer) { writer in
            writer.member("league", plan.last.league)
            writer.member("stage", plan.last.stage)
            writer.member("target", plan.last.target)
            writer.member("device", plan.last.device)
            writer.member("session", plan.last.session)
            writer.member("lease", plan.last.lease)
        }
        writer.endObject()
        return writer.finish()
    }

    private static func write(_ leagues: [League], to writer: inout JSONWriter) {
        list("leagues", leagues, to: &writer) { league, writer in
            writer.member("id", league.id)
            writer.member("name", league.name)
            writer.member("abbreviation", league.abbreviation)
            if let description = league.description { writer.member("description", description) }
        }
    }

    private static func write(_ stages: [Stage], to writer: inout JSONWriter) {
        list("stages", stages, to: &writer) { stage, writer in
            writer.member("id", stage.id)
            writer.member("league", stage.league)
            writer.member("name", stage.name)
            if let description = stage.description { writer.member("description", description) }
            list("targets", stage.targets, to: &writer) { target, writer in
                writer.member("id", target.id)
                writer.member("number", target.number)
                writer.member("shape", target.shape)
                writer.member("type", target.type.rawValue)
                writer.member("category", target.category.rawValue)
                writer.member("distance", target.distance)
                writer.member("offset", target.offset)
                writer.member("height", target.height)
            }
        }
    }

    /// Which devices are where, and by which numbers clients know them.
    private static func writeDevices(of plan: StagePlan, to writer: inout JSONWriter) {
        list("prepared", plan.prepared.sorted { $0.key < $1.key }, to: &writer) { prepared, writer in
            writer.member("target", prepared.key)
            writer.member("device", prepared.value.text)
        }
        list("own_targets", plan.ownTargets.sorted { $0.value.id < $1.value.id }, to: &writer) { target, writer in
            writer.member("target", target.key)
            writer.member("id", target.value.id)
            writer.member("number", target.value.number)
        }
        list("devices", plan.deviceNumbers.sorted { $0.value < $1.value }, to: &writer) { device, writer in
            writer.member("id", device.value)
            writer.member("device", device.key.text)
        }
    }

    private struct Damaged: Error {}

    /// Nil if the document is damaged.
    static func decode(_ bytes: [UInt8]) -> StagePlan? {
        guard let document = try? JSONValue(parsing: bytes, limits: limits) else { return nil }
        return try? plan(document)
    }

    /// More than the largest plan needs.
    private static let limits = JSONLimits(
        depth: 6, bytes: 8 << 20, stringBytes: 4 << 10, members: 1 << 20, numberBytes: 40)

    private static func plan(_ document: JSONValue) throws(Damaged) -> StagePlan {
        guard let site = document["site"], let last = document["last"] else { throw Damaged() }
        var plan = StagePlan(siteName: try text(site["name"]), at: WallTime(nanoseconds: 0))
        plan.site = StagePlan.Site(
            name: try text(site["name"]), identifier: try text(site["identifier"]),
            created: try time(site["created_ms"]), updated: try time(site["updated_ms"]))
        plan.leagues = try elements(document["leagues"]).map { league throws(Damaged) in
            League(
                id: try number(league["id"]), name: try text(league["name"]),
                abbreviation: try text(league["abbreviation"]), description: league["description"]?.stringValue)
        }
        plan.stages = try elements(document["stages"]).map { stage throws(Damaged) in
            Stage(
                id: try number(stage["id"]), league: try number(stage["league"]), name: try text(stage["name"]),
                description: stage["description"]?.stringValue,
                targets: try elements(stage["targets"]).map { target throws(Damaged) in try self.target(target) })
        }
        plan.chosenStage = document["chosen"]?.integerValue.map { Int($0) }
        plan.timer = document["timer"]?.stringValue.map { DeviceID($0) }
        for prepared in try elements(document["prepared"]) {
            plan.prepared[try number(prepared["target"])] = DeviceID(try text(prepared["device"]))
        }
        for target in try elements(document["own_targets"]) {
            plan.ownTargets[try text(target["target"])] = StagePlan.OwnTarget(
                id: try number(target["id"]), number: try number(target["number"]))
        }
        for device in try elements(document["devices"]) {
            plan.deviceNumbers[DeviceID(try text(device["device"]))] = try number(device["id"])
        }
        plan.sessions = try elements(document["sessions"]).map { session throws(Damaged) in
            StagePlan.Session(
                id: try number(session["id"]), name: try text(session["name"]),
                stage: session["stage"]?.integerValue.map { Int($0) })
        }
        plan.last = StagePlan.LastNumbers(
            league: try number(last["league"]), stage: try number(last["stage"]), target: try number(last["target"]),
            device: try number(last["device"]), session: try number(last["session"]), lease: try number(last["lease"]))
        return plan
    }

    private static func target(_ target: JSONValue) throws(Damaged) -> StageTarget {
        guard let type = target["type"]?.stringValue.flatMap(StageTarget.TargetType.init(rawValue:)),
            let category = target["category"]?.stringValue.flatMap(StageTarget.Category.init(rawValue:)),
            let offset = target["offset"]?.doubleValue, let height = target["height"]?.doubleValue
        else { throw Damaged() }
        return StageTarget(
            id: try number(target["id"]), number: try number(target["number"]), shape: try text(target["shape"]),
            type: type, category: category, distance: try number(target["distance"]), offset: offset, height: height)
    }

    private static func time(_ milliseconds: JSONValue?) throws(Damaged) -> WallTime {
        let (nanoseconds, overflows) = try number(milliseconds).multipliedReportingOverflow(by: 1_000_000)
        guard !overflows else { throw Damaged() }
        return WallTime(nanoseconds: Int64(nanoseconds))
    }

    /// Numbers are counted on from the last ones.
    private static func number(_ value: JSONValue?) throws(Damaged) -> Int {
        guard let number = value?.integerValue, number.magnitude <= 1 << 53 else { throw Damaged() }
        return Int(number)
    }

    private static func text(_ value: JSONValue?) throws(Damaged) -> String {
        guard let text = value?.stringValue else { throw Damaged() }
        return text
    }

    private static func elements(_ value: JSONValue?) throws(Damaged) -> [JSONValue] {
        guard let elements = value?.arrayValue else { throw Damaged() }
        return elements
    }

    private static func object(
        _ name: StaticString, to writer: inout JSONWriter, _ write: (inout JSONWriter) -> Void
    ) {
        writer.key(name)
        writer.beginObject()
        write(&writer)
        writer.endObject()
    }

    private static func list<Element>(
        _ name: StaticString, _ elements: some Sequence<Element>, to writer: inout JSONWriter,
        _ write: (Element, inout JSONWriter) -> Void
    ) {
        writer.key(name)
        writer.beginArray()
        for element in elements {
            writer.beginObject()
            write(element, &writer)
            writer.endObject()
        }
        writer.endArray()
    }
}
