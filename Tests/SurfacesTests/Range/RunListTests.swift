import Clocks
import JSON
import Reactor
import Surfaces
import Testing

@testable import Web

@Suite("Run lists and exports") @ReactorActor
struct RunListTests {
    let range = TestRange()

    @Test("parses every filter in the list and the export")
    func filters() async throws {
        let query = "shooter=Ann%20A&stage=1&timer=T&state=completed&from=2026-01-01&until=2026-01-02T00:00:00Z"
        _ = try await range.send("GET", "/api/runs?\(query)&limit=500&before=17")
        let list = try #require(range.filters.last)
        #expect((list.shooter, list.stage, list.timer, list.state) == ("Ann A", "1", "T", "completed"))
        #expect(
            list.from == ISO8601.parse("2026-01-01T00:00:00Z") && list.until == ISO8601.parse("2026-01-02T00:00:00Z"))
        #expect((list.limit, list.before) == (500, 17))
        _ = try await range.send("GET", "/api/runs/export?\(query)")
        var export = try #require(range.filters.last)
        (export.limit, export.before, export.maximumBytes) = (list.limit, list.before, list.maximumBytes)
        #expect(export == list)
    }

    @Test(
        "rejects invalid queries without reading the store",
        arguments: [
            "?limit=0", "?limit=501", "?limit=x", "?limit=", "?before=x", "?from=yesterday", "?until=2026-13-01",
            "?until=9999-12-31",
            "?fromm=2026-01-01", "?format=xml", "?format=", "/export?limit=5", "/export?before=5", "/export?format=xml",
            "/export?from=x", "/export?shoter=Ann",
        ])
    func invalidQueries(query: String) async throws {
        let response = try await range.send("GET", "/api/runs\(query)")
        #expect(response.status == .badRequest && response.errorMessage?.contains("\"") == true)
        #expect(range.filters.isEmpty)
    }

    @Test("a page says where the next one begins")
    func pages() async throws {
        range.runs = [3, 2, 1].map { .sample($0) }
        let first = try await range.send("GET", "/api/runs?limit=2").bodyJSON
        #expect(first?["runs"]?.arrayValue?.count == 2 && first?["next_before"]?.integerValue == 2)
        let last = try await range.send("GET", "/api/runs?limit=2&before=2").bodyJSON
        #expect(last?["runs"]?.arrayValue?.count == 1 && last?["next_before"]?.isNull == true)
    }

    @Test("a long list is written run by run: other work is done in between", arguments: ["json", "csv"])
    func otherWork(format: String) async throws {
        range.runs = (0..<500).map { .sample(500 - $0) }
        let progress = Progress()
        let other = Task { @ReactorActor in
            while !progress.isDone {
                progress.count += 1
                await Task.yield()
            }
        }
        let response = try await range.send("GET", "/api/runs?limit=500&format=\(format)")
        progress.isDone = true
        await other.value
        #expect(response.status == .ok)
        #expect(progress.count > 400)
    }

    /// What other work has done meanwhile.
    @ReactorActor
    private final class Progress {
        var count = 0
        var isDone = false
    }

    @Test("an export contains all runs, read a page at a time", arguments: [0, 1, 199, 200, 201, 1_000])
    func export(count: Int) async throws {
        range.runs = (0..<count).map { .sample(count - $0) }
        let response = try await range.send("GET", "/api/runs/export")
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(response.headers["Content-Disposition"] == "attachment; filename=\"runs.json\"")
        let pieces = try #require(await response.collected())
        #expect(pieces.count == max(1, (count + 199) / 200))
        let whole = try JSONValue(parsing: Array(pieces.joined()), limits: .unlimitedForTest)
        #expect(
            whole["runs"]?.arrayValue?.compactMap { $0["number"]?.integerValue }
                == (1...max(count, 1)).reversed().prefix(count).map { Int64($0) })
        #expect(whole["next_before"]?.isNull == true)
        #expect(range.filters.allSatisfy { $0.maximumBytes <= 64 << 10 })
    }

    @Test("a CSV export has one header and the same lines as the pages")
    func tableExport() async throws {
        range.runs = (0..<450).map { .sample(450 - $0) }
        let response = try await range.send("GET", "/api/runs/export?format=csv")
        #expect(response.headers["Content-Type"]?.hasPrefix("text/csv") == true)
        let lines = String(decoding: try #require(await response.collected()).joined(), as: UTF8.self)
            .split(separator: "\r\n")
        #expect(lines.count == 1 + 450 * 3)
        let page = try await range.send("GET", "/api/runs?format=csv&limit=500")
        #expect(lines == String(decoding: page.body, as: UTF8.self).split(separator: "\r\n"))
        #expect(
            lines[1]
                == "run_450,2026-01-01T00:00:00.000Z,completed,\"'=A, \"\"B\"\"\",,T,1,1.5,1.5,0.01,gong,S,1.54,0.04,0.9,110.0,,true"
        )
        #expect(lines[2].hasSuffix(",T,2,2.0,0.5,,,,,,,,repaired,false"))
        #expect(lines[3].hasSuffix(",T,,,,,,S,9.0,,,90.0,no shot,true"))
    }

    @Test("reports a store error before the response begins; afterwards the export breaks off")
    func failure() async throws {
        range.runs = (0..<450).map { .sample(450 - $0) }
        range.failure = (0, .unavailable("the disk is gone"))
        let refused = try await range.send("GET", "/api/runs/export")
        #expect(refused.status == .serviceUnavailable && refused.errorMessage == "the disk is gone")
        range.failure = (2, .unavailable("the disk is gone"))
        let begun = try await range.send("GET", "/api/runs/export")
        #expect(begun.status == .ok)
        #expect(await begun.collected() == nil)
    }

    @Test("allows two exports to a host at a time, and eight in all")
    func atOnce() async throws {
        range.runs = [.sample(1)]
        func export(to host: String) async throws -> HTTPResponse {
            try await range.send("GET", "/api/runs/export", from: host)
        }
        var active: [HTTPResponse] = []
        for _ in 0..<2 { active.append(try await export(to: "10.0.0.1")) }
        let rejected = try await export(to: "10.0.0.1")
        #expect(rejected.status == .serviceUnavailable && rejected.errorMessage?.contains("exports") == true)
        for host in 2...4 {
            for _ in 0..<2 { active.append(try await export(to: "10.0.0.\(host)")) }
        }
        #expect(active.allSatisfy { $0.status == .ok })
        #expect(try await export(to: "10.0.0.5").status == .serviceUnavailable)

        _ = await active[0].collected()
        active[1].stream?.cancel()
        active[1].stream?.cancel()
        for _ in 0..<2 { #expect(try await export(to: "10.0.0.5").status == .ok) }
        #expect(try await export(to: "10.0.0.1").status == .serviceUnavailable)
    }
}

extension JSONLimits {
    fileprivate static let unlimitedForTest = JSONLimits(
        depth: 32, bytes: .max, stringBytes: .max, members: .max, numberBytes: 128)
}
