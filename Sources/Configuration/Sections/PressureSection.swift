import Clocks
import Devices

extension Configuration {
    /// Pressure sessions and workouts.
    package struct Pressure: Sendable, Equatable {
        package var host = ""
        /// 0 leaves the port closed.
        package var port = 5001
        /// How long an owner that has lost its connection may come back.
        package var ownerGrace = Nanoseconds.seconds(30)
        package var ignoresMissingCells = false
        package var regions: [PressureRegionTables.Rule] = []
        package var maximumCells = 4_096
        package var maximumWorkouts = 20_000
        package var maximumMegabytes = 256
        package var maximumDocumentBytes = 4 << 20
        /// How many frames a workout's document contains.
        package var documentFrames = 1_000

        package init() {}

        package var listener: Listener {
            Listener(
                name: "pressure", purpose: "pressure sessions and workouts",
                summary: "HTTP, Socket.IO: pressure sessions, workouts and their frames (`pressure.port: 0` closes it)",
                transport: .tcp,
                hostKey: "pressure.host", portKey: "pressure.port", host: host, port: port, isEnabled: port != 0)
        }
    }
}

extension Schema {
    static let pressure = Part(
        Section("pressure", "Pressure sessions: statistics of frames, and workouts with their frames."),
        [
            Setting(
                "pressure.host", \.pressure.host, .host, .restart,
                "The address to listen on; all addresses when empty."),
            Setting(
                "pressure.port", \.pressure.port, .wholeNumber(in: 0...65535), .restart,
                "The TCP port to listen on; 0 disables it."),
            Setting(
                "pressure.owner_grace", \.pressure.ownerGrace, .duration(from: .milliseconds(100), to: .seconds(3600)),
                .restart,
                "How long the owner of a session may come back after it has lost its connection, before the session ends."
            ),
            Setting(
                "pressure.ignore_missing_cells", \.pressure.ignoresMissingCells, .flag, .restart,
                """
                Whether cells without a sensor, which are -1, are left out of the statistics. By default they count as \
                pressures of -1, as in the original.
                """),
            Setting(
                "pressure.regions", \.pressure.regions,
                .list(of: .pressureRegion, expected: "a list of regions", maximum: 1_000), .restart,
                """
                Regions of mats whose statistics are computed, for each size: the size, the rows, the columns and the name. \
                Rows and columns count from 0, and the end is excluded: 0:2, 9: or : for all. Mats of other sizes have the \
                regions of an insole.
                """),
            Setting(
                "pressure.maximum_cells", \.pressure.maximumCells, .wholeNumber(of: "cells", in: 1...65_536), .restart,
                "Frames with more cells are rejected."),
            Setting(
                "pressure.maximum_workouts", \.pressure.maximumWorkouts,
                .wholeNumber(of: "workouts", in: 1...1_000_000),
                .restart, "When there are more workouts, the oldest are deleted."),
            Setting(
                "pressure.maximum_megabytes", \.pressure.maximumMegabytes,
                .wholeNumber(of: "megabytes", in: 1...1_048_576), .restart,
                """
                When the workouts in the database exceed this size, or half of store.maximum_megabytes, the oldest are \
                deleted.
                """),
            Setting(
                "pressure.maximum_document_bytes", \.pressure.maximumDocumentBytes,
                .size(from: 1 << 10, to: 8 << 20), .restart,
                "The maximum size of a workout's document, without its frames, and of a request for it."),
            Setting(
                "pressure.document_frames", \.pressure.documentFrames, .wholeNumber(of: "frames", in: 0...100_000),
                .restart,
                "How many frames a workout's document contains at most; /workouts/{id}/frames has all of them."),
        ])
}

extension ValueFormat where Value == PressureRegionTables.Rule {
    /// One line of words: the size, the rows, the columns and the name.
    static var pressureRegion: Self {
        .line(expected: "a size, rows, columns and a name", example: "32x32 0:16 : Front")
    }
}

extension PressureRegionTables.Rule: ConfigurationLine {
    static func parse(_ line: String) -> Result<Self, LineError> {
        let words = line.split(separator: " ", maxSplits: 3)
        guard words.count == 4, words[3].utf8.count <= 64 else {
            return .failure(
                LineError(text: "a size, rows, columns and a name of at most 64 bytes are required"))
        }
        guard !words[3].utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C || $0 == 0x7F }) else {
            return .failure(LineError(text: "the name contains invalid characters"))
        }
        let size = words[0].split(separator: "x").map { Int($0) ?? 0 }
        guard size.count == 2, size.allSatisfy({ 1...CellSlice.maximum ~= $0 }) else {
            return .failure(LineError(text: "the size is ROWSxCOLUMNS, such as 32x32"))
        }
        guard let rows = CellSlice(words[1]), let columns = CellSlice(words[2]) else {
            return .failure(LineError(text: "rows and columns are written as 0:16, 16:, :16 or :"))
        }
        let region = PressureRegion(String(words[3]), rows: rows, columns: columns)
        return .success(Self(rows: size[0], columns: size[1], region: region))
    }

    /// The region as it is written in the file.
    var text: String { "\(rows)x\(columns) \(region.rows.text) \(region.columns.text) \(region.name)" }
}
