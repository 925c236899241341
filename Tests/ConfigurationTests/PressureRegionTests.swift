import Devices
import Testing

@testable import Configuration

@Suite("Regions in the configuration") struct PressureRegionTests {
    @Test("a region is a size, rows, columns and a name, and is written as it is read")
    func valid() throws {
        for text in ["32x32 0:16 : Front", "12x8 9: :4 Med Heel", "1x1 : 0:1 a"] {
            let rule = try PressureRegionTables.Rule.parse(text).get()
            #expect(try PressureRegionTables.Rule.parse(rule.text).get() == rule)
        }
        let rule = try PressureRegionTables.Rule.parse("12x8 9: :4 Med Heel").get()
        #expect(rule.rows == 12 && rule.columns == 8)
        #expect(rule.region == PressureRegion("Med Heel", rows: CellSlice(9), columns: CellSlice(0, 4)))
    }

    @Test(
        "rejects other texts",
        arguments: [
            "", "32x32", "32x32 : :", "32 : : a", "0x5 : : a", "9999x2 : : a", "2x2x2 : : a", "2x2 1 : a",
            "2x2 : 2:1 a",
            "2x2 : : a\"b", "2x2 : : a\\b",
        ])
    func invalid(text: String) {
        #expect(throws: LineError.self) { try PressureRegionTables.Rule.parse(text).get() }
    }

    @Test("the names of a size's regions are unique")
    func conflicts() throws {
        var configuration = Configuration()
        let rules = ["2x2 0:1 : a", "2x2 1: : b", "3x3 : : a"]
        configuration.pressure.regions = try rules.map { try PressureRegionTables.Rule.parse($0).get() }
        #expect(CrossChecks.conflicts(in: configuration).isEmpty)
        configuration.pressure.regions.append(try PressureRegionTables.Rule.parse("2x2 : : a").get())
        #expect(CrossChecks.conflicts(in: configuration).map(\.paths) == [["pressure.regions"]])
    }
}
