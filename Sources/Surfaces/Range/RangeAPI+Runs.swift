import Clocks
import Events
import JSON
import Reactor
import ShootingRange
import Store
import Web

/// Runs: list, details, names, export, deletion.
extension RangeAPI {
    func addRuns(to routes: Router) {
        routes.get("/api/runs", RangeDocumentation.runs) { [provider] request in
            Self.asyncReply { () throws(RangeError) in
                let format = try Self.format(request)
                let list = try await provider.runs(RunQuery(request.head.query, beside: Self.paging))
                return format == .csv ? await Self.table(list.runs, "runs") : await Self.list(list)
            }
        }
        let exports = ExportLimiter()
        routes.get("/api/runs/export", RangeDocumentation.export) { [provider] request in
            Self.asyncReply { () throws(RangeError) in
                let (format, filter) = (try Self.format(request), try RunQuery(request.head.query))
                return try await RunExport.response(
                    filter, as: format, of: provider, to: "\(request.peer.host)", exports)
            }
        }
        routes.get("/api/runs/upcoming", RangeDocumentation.upcoming) { [provider] _ in
            .response(Self.upcoming(provider))
        }
        routes.add(.put, "/api/runs/upcoming", RangeDocumentation.editUpcoming) { [provider] request in
            Self.replyWhenSaved(provider) { () throws(RangeError) in
                provider.editUpcoming(try RunEdit(request))
                return Self.upcoming(provider)
            }
        }
        routes.get("/api/runs/{id}", RangeDocumentation.run) { [provider] request in
            Self.asyncReply { () throws(RangeError) in
                let format = try Self.format(request)
                let run = try await provider.run(request.parameters["id"])
                return format == .csv ? await Self.table([run], request.parameters["id"]) : Self.response(run)
            }
        }
        routes.add(.patch, "/api/runs/{id}", RangeDocumentation.editRun) { [provider] request in
            Self.asyncReply { () throws(RangeError) in
                let edit = try RunEdit(request)
                guard !edit.isEmpty else {
                    throw .invalid("send at least one of \"shooter_name\", \"stage_name\" and \"par_times\"")
                }
                let run = try await provider.editRun(request.parameters["id"], edit)
                return await Self.whenSaved(Self.response(run), provider)
            }
        }
        routes.add(.delete, "/api/runs/{id}", RangeDocumentation.deleteRun) { [provider] request in
            Self.asyncReply { () throws(RangeError) in
                try await provider.deleteRun(request.parameters["id"])
                return await Self.whenSaved(HTTPResponse(.noContent), provider)
            }
        }
    }

    private static func format(_ request: HTTPRequest) throws(RangeError) -> RunFormat {
        guard let name = request.head.query["format"] else { return .json }
        guard let format = RunFormat(rawValue: name) else {
            throw .invalid("\"format\" is json or csv, not \"\(name)\"")
        }
        return format
    }

    /// The query parameters of a page, which an export does not have.
    private static let paging = ["limit", "before"]

    /// Written run by run: the loop serves others in between.
    private static func list(_ list: RunList) async -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("runs")
        writer.beginArray()
        for run in list.runs {
            RunJSON.write(run, to: &writer)
            await Task.yield()
        }
        writer.endArray()
        writer.member("next_before", orNull: list.next)
        writer.endObject()
        return .json(writer.finish())
    }

    private static func response(_ run: RunRecord) -> HTTPResponse {
        .json { RunJSON.write(run, to: &$0) }
    }

    private static func table(_ runs: [RunRecord], _ name: String) async -> HTTPResponse {
        var table = RunCSV.header
        for run in runs {
            table += RunCSV.lines([run])
            await Task.yield()
        }
        return .attachment(.bytes(table, .csv), name, .csv)
    }

    private static func upcoming(_ provider: any RangeProvider) -> HTTPResponse {
        .json { writer in
            let names = provider.upcomingNames
            writer.beginObject()
            writer.key("shooter_name")
            if let shooter = names.shooter { writer.string(shooter) } else { writer.null() }
            writer.key("stage_name")
            if let stage = names.stage { writer.string(stage) } else { writer.null() }
            writer.key("par_times")
            writer.beginArray()
            for time in names.parTimes { writer.number(time.inSeconds) }
            writer.endArray()
            writer.endObject()
        }
    }
}

extension RunEdit {
    init(_ request: HTTPRequest) throws(RangeError) {
        self.init()
        let members = try RequestMembers(request.object(), known: ["shooter_name", "stage_name", "par_times"])
        shooter = try members.text("shooter_name")
        stage = try members.text("stage_name")
        parTimes = try members.numbers("par_times", in: 0.01...3_600, atMost: 8)
    }
}

extension RunQuery {
    private static let names = ["shooter", "stage", "timer", "state", "from", "until", "format"]

    /// - Parameter more: further known parameters.
    init(_ query: HTTPQuery, beside more: [String] = []) throws(RangeError) {
        self.init()
        let known = more + Self.names
        for (name, value) in query.items {
            guard known.contains(name) else {
                throw .invalid("unknown parameter \"\(name)\"; known: \(known.joined(separator: ", "))")
            }
            switch name {
            case "limit":
                guard let number = Int(value), (1...500).contains(number) else {
                    throw .invalid("\"limit\" is a number from 1 to 500")
                }
                limit = number
            case "before":
                guard let number = Int64(value) else { throw .invalid("\"before\" is the number of a run") }
                before = number
            case "shooter": shooter = value
            case "stage": stage = value
            case "timer": timer = value
            case "state": state = value
            case "from": from = try Self.time(value, name)
            case "until": until = try Self.time(value, name)
            default: break
            }
        }
    }

    private static func time(_ text: String, _ name: String) throws(RangeError) -> WallTime {
        guard let time = ISO8601.parse(text) else {
            throw .invalid("\"\(name)\" is a time such as 2026-09-13T18:30:45Z, or a date, from 1678 to 2261")
        }
        return time
    }
}
