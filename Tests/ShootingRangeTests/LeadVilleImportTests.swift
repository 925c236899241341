import Clocks
import Events
import Foundation
import Reactor
import Store
import Testing

@testable import Drivers
@testable import ShootingRange

@Suite("Import of LeadVille's database", .timeLimit(.minutes(10))) @ReactorActor
struct LeadVilleImportTests {
    private let folder: TemporaryRangeFolder
    private var file: String { folder.file + "-leadville.db" }
    private static let (first, second) = (DeviceID("AA:BB:CC:00:00:01"), DeviceID("AA:BB:CC:00:00:02"))
    private static let (third, timer) = (DeviceID("AA:BB:CC:00:00:03"), DeviceID("60:09:C3:1F:DC:1A"))

    init() throws {
        folder = try TemporaryRangeFolder()
    }

    private func build(_ sql: String) throws {
        let database = try SQLiteDatabase(path: file, access: .readWrite, activity: "testing")
        try database.execute(sql, activity: "testing")
    }

    private static let tables = """
        CREATE TABLE leagues(id INTEGER PRIMARY KEY, name TEXT, abbreviation TEXT, description TEXT);
        CREATE TABLE stage_configs(id INTEGER PRIMARY KEY, league_id INTEGER, name TEXT, description TEXT);
        CREATE TABLE target_configs(
            id INTEGER PRIMARY KEY, stage_config_id INTEGER, target_number INTEGER, shape TEXT, type TEXT,
            category TEXT, distance_feet INTEGER, offset_feet FLOAT, height_feet FLOAT);
        CREATE TABLE bridges(id INTEGER PRIMARY KEY, name TEXT, bridge_id TEXT, current_stage_id INTEGER);
        CREATE TABLE sensors(id INTEGER PRIMARY KEY, hw_addr TEXT, label TEXT, target_config_id INTEGER);
        CREATE TABLE device_pool(id INTEGER PRIMARY KEY, hw_addr TEXT, device_type TEXT, label TEXT);
        CREATE TABLE bridge_configurations(bridge_id INTEGER, stage_config_id INTEGER, timer_address TEXT);
        CREATE TABLE bridge_target_assignments(
            bridge_id INTEGER, target_number INTEGER, sensor_address TEXT, sensor_label TEXT);
        """

    private static let content = """
        INSERT INTO leagues VALUES(1, 'SASP', 'SASP', NULL), (2, 'Club', 'CL', 'Our own');
        INSERT INTO stage_configs VALUES(1, 1, 'V', NULL), (2, 2, 'Friday', 'Six o''clock');
        INSERT INTO target_configs VALUES
            (1, 1, 1, '12" Circle', 'Plate', 'Primary', 54, -6, 3), (2, 1, 2, '10" Circle', 'Plate', 'Primary', 36, -2.5, 4),
            (3, 2, 1, 'Popper', 'Plate', 'Primary', 30, 2.5, 0), (4, 2, 2, 'Gong', 'Gong', 'Stop', 40, 0, 5);
        INSERT INTO bridges VALUES(1, 'Bay 3', 'bay-3', 1);
        INSERT INTO sensors VALUES
            (1, 'AA:BB:CC:00:00:01', 'Left', NULL), (2, 'AA:BB:CC:00:00:02', 'Right', 4),
            (3, 'AA:BB:CC:00:00:03', 'Spare', 2), (4, '60:09:C3:1F:DC:1A', 'Commander', NULL), (5, 'nonsense', 'x', NULL);
        INSERT INTO device_pool VALUES(1, '60:09:C3:1F:DC:1A', 'timer', 'Commander');
        INSERT INTO bridge_configurations VALUES(1, 2, '60:09:C3:1F:DC:1A');
        INSERT INTO bridge_target_assignments VALUES(1, 1, 'AA:BB:CC:00:00:01', 'Left');
        """

    private func importing(into stages: StageService) throws -> StageService.ImportSummary {
        try stages.importLeadVille(LeadVilleDatabase(reading: file))
    }

    @Test("takes stages, names and assignments over, and nothing twice")
    func whole() async throws {
        try build(Self.tables + Self.content)
        let bed = try await RangeTestBed()
        let stages = StageService(bed.service, registry: bed.registry, store: bed.store, siteName: "range")
        let summary = try importing(into: stages)
        #expect(summary.stages == 2 && summary.newStages == 1 && summary.assignments == 3)
        // The test range has this timer already.
        #expect(summary.devices == 4 && summary.newDevices == 3 && summary.warnings.count == 1)
        #expect(stages.leagues.map(\.name) == ["SASP", "Steel Challenge", "Club"])
        let stage = stages.currentStage
        #expect(stage.name == "Friday" && stage.targets.map(\.shape) == ["Popper", "Gong"])
        #expect(stage.targets[0].offset == 2.5 && stage.targets[1].category == .stop)
        #expect(stages.assignments.map { [$0.number: $0.device.id] } == [[1: Self.first], [2: Self.second]])
        #expect(bed.service.targetList.first { $0.target.id == "target-1" }?.sensors == [Self.first.text])
        let prepared = try #require(stages.stage(2))
        #expect(stages.view.sensor(of: prepared.targets[1], in: prepared)?.id == Self.third)
        #expect(stages.timer == Self.timer && stages.site.name == "Bay 3" && stages.site.identifier == "bay-3")
        #expect(bed.registry[Self.first]?.givenName == "Left" && bed.registry[Self.timer]?.givenName == "Commander")
        #expect(bed.service.upcomingNames.stage == "Club - Friday")

        try bed.registry.decide(Self.first, DeviceDecision(name: "Renamed here"))
        let before = (stages.stages, bed.registry.records.count)
        let again = try importing(into: stages)
        #expect(again.newStages == 0 && again.newDevices == 0 && again.assignments == 3)
        #expect(stages.stages == before.0 && bed.registry.records.count == before.1)
        #expect(bed.registry[Self.first]?.givenName == "Renamed here")
        #expect(stages.assignments.count == 2)
    }

    @Test("reads files that have only some of the tables")
    func parts() async throws {
        try build("CREATE TABLE device_pool(id INTEGER, hw_addr TEXT, device_type TEXT, label TEXT)")
        try build("INSERT INTO device_pool VALUES(1, 'aa:bb:cc:00:00:01', 'sensor', 'Left')")
        let bed = try await RangeTestBed()
        let stages = StageService(bed.service, registry: bed.registry, store: bed.store, siteName: "range")
        #expect(try importing(into: stages).newDevices == 1)
        #expect(bed.registry[Self.first]?.role == .sensor(target: nil) && stages.site.name == "range")
    }

    @Test("says what is wrong with another file")
    func foreign() throws {
        #expect { try LeadVilleDatabase(reading: file) } throws: { "\($0)" == "\(file): there is no such file" }
        try build("CREATE TABLE other(x)")
        #expect { try LeadVilleDatabase(reading: file) } throws: {
            "\($0)".hasPrefix("\(file) is not a database of LeadVille: it has none of the tables")
        }
        let text = folder.file + ".txt"
        try Data("not a database, but long enough to be read as the head of one".utf8).write(
            to: URL(fileURLWithPath: text))
        #expect { try LeadVilleDatabase(reading: text) } throws: {
            "\($0)".contains("cannot be read: file is not a database")
        }
    }
}
