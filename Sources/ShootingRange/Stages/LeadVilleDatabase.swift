import Glibc
import Store

/// What LeadVille's own database says about stages, devices and assignments.
package struct LeadVilleDatabase: Sendable {
    struct StageRow: Sendable {
        let id: Int64
        let league: String
        let abbreviation: String
        let name: String
        let description: String?
        /// Targets by their ids there, in the order of their numbers.
        var targets: [(id: Int64, layout: StageTargetLayout)] = []
    }

    struct DeviceRow: Sendable {
        let address: String
        var label: String?
        var isTimer: Bool
        /// The target of a stage, by its id there.
        var target: Int64?
    }

    var stages: [StageRow] = []
    var devices: [DeviceRow] = []
    /// The stage in use, by its id there.
    var currentStage: Int64?
    var timer: String?
    /// Addresses by the number of their target.
    var assignments: [(number: Int, address: String)] = []
    var site: (name: String, identifier: String)?

    package enum ReadError: Error, CustomStringConvertible {
        case missing(String)
        case unreadable(String, reason: String)
        case foreign(String)

        package var description: String {
            switch self {
            case .missing(let path): "\(path): there is no such file"
            case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
            case .foreign(let path):
                "\(path) is not a database of LeadVille: it has none of the tables stage_configs, sensors, device_pool "
                    + "and bridge_configurations"
            }
        }
    }

    /// Limits of what is read: more than any range has.
    private static let maximumRows = 10_000

    /// Reads the file without changing it. Tables that it does not have are skipped.
    package init(reading path: String) throws(ReadError) {
        guard access(path, F_OK) == 0 else { throw .missing(path) }
        let isRecognised: Bool
        do throws(SQLiteError) {
            let database = try SQLiteDatabase(path: path, access: .readOnly, activity: "opening \(path)")
            let tables = try Self.rows(
                of: database, "SELECT name FROM sqlite_schema WHERE type = 'table'"
            ) { $0.text(0) }
            isRecognised = !Self.knownTables.isDisjoint(with: tables)
            if isRecognised { try read(database, Set(tables)) }
        } catch {
            throw .unreadable(path, reason: "\(error)")
        }
        guard isRecognised else { throw .foreign(path) }
    }

    private static let knownTables: Set = ["stage_configs", "sensors", "device_pool", "bridge_configurations"]

    private mutating func read(_ database: SQLiteDatabase, _ tables: Set<String>) throws(SQLiteError) {
        if tables.isSuperset(of: ["leagues", "stage_configs", "target_configs"]) { try readStages(database) }
        if tables.contains("sensors") { try readSensors(database) }
        if tables.contains("device_pool") { try readPool(database) }
        if tables.contains("bridges") {
            let bridges = try Self.rows(
                of: database, "SELECT name, bridge_id, current_stage_id FROM bridges ORDER BY id LIMIT 1"
            ) { ($0.text(0) ?? "", $0.text(1) ?? "", $0.integer(2)) }
            if let (name, identifier, stage) = bridges.first {
                site = (name, identifier)
                currentStage = stage
            }
        }
        if tables.contains("bridge_configurations") {
            let configurations = try Self.rows(
                of: database,
                "SELECT stage_config_id, timer_address FROM bridge_configurations ORDER BY bridge_id LIMIT 1"
            ) { ($0.integer(0), $0.text(1)) }
            if let (stage, timer) = configurations.first {
                currentStage = stage ?? currentStage
                self.timer = timer
            }
        }
        if tables.contains("bridge_target_assignments") {
            assignments = try Self.rows(
                of: database,
                "SELECT target_number, sensor_address FROM bridge_target_assignments ORDER BY bridge_id, target_number"
            ) { row in row.text(1).map { (Int(clamping: row.integer(0) ?? 0), $0) } }
        }
    }

    private mutating func readStages(_ database: SQLiteDatabase) throws(SQLiteError) {
        stages = try Self.rows(
            of: database,
            """
            SELECT s.id, l.name, l.abbreviation, s.name, s.description FROM stage_configs s
            JOIN leagues l ON l.id = s.league_id ORDER BY s.id
            """
        ) { row in
            guard let id = row.integer(0), let league = row.text(1), let name = row.text(3) else { return nil }
            return StageRow(
                id: id, league: league, abbreviation: row.text(2) ?? league, name: name, description: row.text(4))
        }
        let targets = try Self.rows(
            of: database,
            """
            SELECT stage_config_id, id, shape, type, category, distance_feet, offset_feet, height_feet
            FROM target_configs ORDER BY stage_config_id, target_number
            """
        ) { row -> (Int64, Int64, StageTargetLayout)? in
            guard let stage = row.integer(0), let id = row.integer(1) else { return nil }
            let layout = StageTargetLayout(
                shape: row.text(2) ?? "Target", type: row.text(3).flatMap(StageTarget.TargetType.init) ?? .plate,
                category: row.text(4).flatMap(StageTarget.Category.init) ?? .primary,
                distance: max(1, Int(clamping: row.integer(5) ?? 1)), offset: row.text(6).flatMap(Double.init) ?? 0,
                height: row.text(7).flatMap(Double.init) ?? 0)
            return (stage, id, layout)
        }
        let places = Dictionary(stages.enumerated().map { ($1.id, $0) }) { first, _ in first }
        for (stage, id, layout) in targets {
            guard let place = places[stage], stages[place].targets.count < StagePlan.maximumTargetsPerStage else {
                continue
            }
            stages[place].targets.append((id, layout))
        }
    }

    private mutating func readSensors(_ database: SQLiteDatabase) throws(SQLiteError) {
        devices += try Self.rows(of: database, "SELECT hw_addr, label, target_config_id FROM sensors ORDER BY id") {
            row in
            guard let address = row.text(0) else { return nil }
            let label = row.text(1)
            return DeviceRow(
                address: address, label: label, isTimer: label?.lowercased().contains("timer") == true,
                target: row.integer(2))
        }
    }

    private mutating func readPool(_ database: SQLiteDatabase) throws(SQLiteError) {
        let pool = try Self.rows(of: database, "SELECT hw_addr, label, device_type FROM device_pool ORDER BY id") {
            row in
            row.text(0).map { DeviceRow(address: $0, label: row.text(1), isTimer: row.text(2) != "sensor") }
        }
        for device in pool {
            if let place = devices.firstIndex(where: { $0.address == device.address }) {
                devices[place].isTimer = device.isTimer
            } else {
                devices.append(device)
            }
        }
    }

    private static func rows<Row>(
        of database: SQLiteDatabase, _ query: String, _ read: (SQLiteStatement) -> Row?
    ) throws(SQLiteError) -> [Row] {
        let statement = try database.prepare(query, activity: "reading a database of LeadVille")
        var rows: [Row] = []
        while rows.count < maximumRows, try statement.step() {
            if let row = read(statement) { rows.append(row) }
        }
        return rows
    }
}
