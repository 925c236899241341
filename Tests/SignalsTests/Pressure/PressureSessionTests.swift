import Clocks
import Devices
import Events
import JSON
import Testing

@testable import Signals

@Suite("Frames of clients") struct PressureFrameTests {
    private func reject(_ json: String?) -> PressureFrameReject? {
        do throws(PressureFrameReject) {
            _ = try PressureMatrix(ofClient: json.map { Array($0.utf8)[...] }, maximumCells: 4)
            return nil
        } catch {
            return error
        }
    }

    nonisolated private static let rejectTable: [(json: String?, name: String)] = [
        (nil, "missing_matrix"), ("null", "missing_matrix"), ("7", "not_a_matrix"), (#""a""#, "not_a_matrix"),
        ("[]", "empty_matrix"), ("[1,2]", "flat_matrix"), ("[[[1]]]", "three_dimensional"),
        ("[[1],[1,2]]", "ragged_matrix"), ("[[null]]", "missing_cell"), (#"[["x"]]"#, "not_a_number"),
        ("[[1,2,3,4,5]]", "too_many_cells"), ("[[NaN]]", "invalid_json"),
    ]

    @Test("each invalid matrix has its reason and a sentence that says what to send", arguments: rejectTable)
    func rejects(json: String?, name: String) throws {
        let found = try #require(reject(json))
        #expect(found.name == name && PressureFrameReject.names.contains(name))
        #expect(found.message.hasSuffix(".") && found.message.count > 20)
    }

    @Test("a valid matrix has its rows, columns and cells")
    func valid() throws {
        let matrix = try PressureMatrix(ofClient: Array("[[1,-1],[2.5,0]]".utf8)[...], maximumCells: 4)
        #expect(matrix.rows == 2 && matrix.columns == 2 && matrix.cells == [1, -1, 2.5, 0])
        #expect(PressureFrameReject.names.count == Set(PressureFrameReject.names).count)
    }
}

@Suite("Regions of mats") struct PressureRegionsTests {
    @Test("mats of a size with regions of its own are divided into those, others into the parts of a foot")
    func tables() throws {
        let halves = [
            PressureRegion("Front", rows: CellSlice(0, 1), columns: CellSlice(0)),
            PressureRegion("Back", rows: CellSlice(1), columns: CellSlice(0)),
        ]
        let tables = PressureRegionTables(halves.map { PressureRegionTables.Rule(rows: 2, columns: 2, region: $0) })
        var calculator = PressureStatisticsCalculator(tables)
        let square = try #require(PressureMatrix(rows: 2, columns: 2, cells: [1, 3, 5, 7]))
        #expect(calculator.statistics(of: square).regions.all == halves)
        #expect(calculator.statistics(of: square).values.map(\.mean) == [2, 6])
        let other = try #require(PressureMatrix(rows: 2, columns: 3, cells: [1, 2, 3, 4, 5, 6]))
        #expect(calculator.statistics(of: other).regions == .insole)
    }

    @Test("cells without a sensor count as -1 unless they are ignored")
    func missingCells() throws {
        let matrix = try #require(PressureMatrix(rows: 1, columns: 2, cells: [-1, 5]))
        var calculator = PressureStatisticsCalculator()
        #expect(calculator.statistics(of: matrix).values[0].minimum == -1)
        #expect(calculator.statistics(of: matrix).values[0].meanForce == 4)
        calculator = PressureStatisticsCalculator(ignoresMissingCells: true)
        #expect(calculator.statistics(of: matrix).values[0].minimum == 5)
        #expect(calculator.statistics(of: matrix).values[0].meanForce == 10)
    }

    @Test("slices are written as in Python")
    func slices() {
        #expect(CellSlice("2:5") == CellSlice(2, 5) && CellSlice("2:5")?.text == "2:5")
        #expect(CellSlice("7:") == CellSlice(7) && CellSlice(":4") == CellSlice(0, 4) && CellSlice(":") == CellSlice(0))
        for text in ["", "5", "a:", "5:2", "2:2", "-1:", "1:2:3", "9999:"] { #expect(CellSlice(text) == nil) }
        #expect(CellSlice(3, 9).indices(in: 5) == 3..<5 && CellSlice(9).indices(in: 5).isEmpty)
    }
}

@Suite("Smoothing of statistics that clients report") struct ReportedStatisticsTests {
    private func reported(_ json: String) throws -> ReportedStatistics {
        ReportedStatistics(try #require(try JSONValue(parsing: Array(json.utf8)).objectValue))
    }

    @Test("numbers are smoothed by region and name, and everything else is left out")
    func smoothing() throws {
        var smoothing = StatisticsSmoothing()
        let first = try reported(#"{"Heel":{"max":10,"name":"x","on":true},"note":"y","Toe":{"text":"z"}}"#)
        #expect(first.regions.map(\.name) == ["Heel"] && first.regions[0].values.map(\.name) == ["max", "on"])
        #expect(smoothing.smooth(first) == first)
        let second = try #require(smoothing.smooth(try reported(#"{"Heel":{"max":20,"min":1}}"#)))
        #expect(second.regions[0].values.map(\.value) == [0.05 * 20 + (1 - 0.05) * 10, 1])
        #expect(smoothing.smooth(try reported(#"{"Heel":{"text":"only"}}"#)) == nil)
    }

    @Test("frames continue after reported statistics of the same regions, and the reverse")
    func mixed() throws {
        let matrix = try #require(PressureMatrix(rows: 1, columns: 1, cells: [40]))
        var calculator = PressureStatisticsCalculator()
        var smoothing = StatisticsSmoothing()
        _ = smoothing.smooth(try reported(#"{"Toe1":{"max":20}}"#))
        let frame = smoothing.smooth(calculator.statistics(of: matrix))
        #expect(frame.values[0].maximum == 0.05 * 40 + (1 - 0.05) * 20 && frame.values[0].minimum == 40)
        let after = try #require(smoothing.smooth(try reported(#"{"Toe1":{"max":0}}"#)))
        #expect(after.regions[0].values[0].value == 0.05 * 0 + (1 - 0.05) * frame.values[0].maximum)
    }
}

@Suite("Thresholds of pressure") struct PressureThresholdsTests {
    private func statistics(_ pressure: Double) throws -> PressureStatistics {
        var calculator = PressureStatisticsCalculator()
        let cells = Array(repeating: pressure, count: 96)
        return calculator.statistics(of: try #require(PressureMatrix(rows: 12, columns: 8, cells: cells)))
    }

    @Test("of several regions that reach a threshold the first is reported, once in five seconds")
    func throttle() throws {
        var thresholds = PressureThresholds()
        let high = PressureThresholdEvent(kind: .high, region: "Toe1", value: 50)
        let low = PressureThresholdEvent(kind: .low, region: "Toe1", value: 5)
        #expect(thresholds.receive(try statistics(25), at: 100) == [high])
        #expect(thresholds.receive(try statistics(25), at: 104.9).isEmpty)
        #expect(thresholds.receive(try statistics(2.5), at: 104.9) == [low], "each kind has a time of its own")
        #expect(thresholds.receive(try statistics(10), at: 106).isEmpty, "neither high nor low")
        #expect(thresholds.receive(try statistics(25), at: 105) == [high])
        #expect(thresholds.receive(try statistics(25), at: 3) == [high], "the client's clock was set back")
    }

    @Test("a timestamp is in seconds or milliseconds; without one the arrival counts")
    func timestamps() {
        let arrival = WallTime(nanoseconds: 5_000_000_000)
        #expect(PressureThresholds.seconds(of: .integer(1_790_000_000_500), arrival: arrival) == 1_790_000_000.5)
        #expect(PressureThresholds.seconds(of: .number(12.5), arrival: arrival) == 12.5)
        for other in [JSONValue.string("now"), .null, nil] {
            #expect(PressureThresholds.seconds(of: other, arrival: arrival) == 5)
        }
    }
}
