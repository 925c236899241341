import JSON
import Signals

/// The shapes of the range's objects.
enum RangeSchemas {
    static var point: JSONSchema { .object(["x": .number, "y": .number]) }

    static var target: JSONSchema {
        .named(
            "Target",
            .object([
                "id": .string, "name": .string, "location": point.optional, "rack": .string.optional,
                "sensors": .array(of: .string).optional,
                "warning": warning,
            ]))
    }

    /// A change that could not be saved still applies.
    static var warning: JSONSchema { .string.optional.meaning("Why the change is lost when the gateway stops") }

    static var newTarget: JSONSchema {
        .closedObject([
            "id": .string(longest: 64).optional, "name": .string(longest: 100).optional,
            "location": JSONSchema.closedObject([
                "x": .number(in: -100_000...100_000), "y": .number(in: -100_000...100_000),
            ]).optional,
            "rack": .string(longest: 100).optional.meaning("Targets of a rack share its vibrations"),
            "sensors": .array(of: .string, longest: 16).optional.meaning("The sensors to assign to it"),
        ])
    }

    // MARK: Sensors

    static var thresholds: JSONSchema {
        .named(
            "ImpactThresholds",
            .object([
                "onset": .number, "peak": .number, "onset_displacement": .number, "peak_displacement": .number,
                "onset_acceleration": .number, "peak_acceleration": .number, "longest_rise": .number,
                "dead_time": .number,
            ]))
    }

    static var newThresholds: JSONSchema {
        let velocity = JSONSchema.number(in: 0.01...32_767).optional
        let acceleration = JSONSchema.number(in: 0.001...16).optional
        let seconds = JSONSchema.number(in: 0...2).optional
        return .closedObject([
            "onset": velocity.meaning("mm/s"), "peak": velocity.meaning("mm/s; not below the onset"),
            "onset_displacement": velocity.meaning("µm"), "peak_displacement": velocity.meaning("µm"),
            "onset_acceleration": acceleration.meaning("g"), "peak_acceleration": acceleration.meaning("g"),
            "longest_rise": seconds.meaning("Seconds"), "dead_time": seconds.meaning("Seconds"),
        ])
    }

    private static var restLevel: JSONSchema {
        .object(["x": .number, "y": .number, "z": .number, "noise": .number])
    }

    private static var delay: JSONSchema {
        .object([
            "mean": .number, "error": .number, "deviation": .number, "pairs": .integer, "within_5_ms": .boolean,
        ])
    }

    static var sensor: JSONSchema {
        .named(
            "Sensor",
            .object([
                "id": .string, "name": .string, "target": .string.orNull, "connected": .boolean,
                "thresholds": thresholds, "limits": .object(["onset": .number, "peak": .number]),
                "baseline": restLevel.orNull, "delay": delay.orNull, "samples": .integer, "impacts": .integer,
                "refused": .map(to: .integer), "last_impact": .time.optional, "remembered_seconds": .number,
                "calibration": JSONSchema.object([
                    "state": .choice("waiting", "completed", "timed_out"), "taps": .integer, "of": .integer,
                ]).optional,
                "recording": .string.optional, "warning": warning,
            ]))
    }

    static var dryRun: JSONSchema {
        .object([
            "began": .time.optional, "seconds": .number, "samples": .integer, "thresholds": thresholds,
            "baseline": restLevel.orNull, "impacts": .integer, "impacts_with_present_thresholds": .integer,
            "findings": .array(of: .object(["refused": .string.orNull, "onset_seconds": .number])),
        ])
    }

    static var recording: JSONSchema {
        .named(
            "Recording",
            .object(["name": .string, "sensor": .string, "started": .time, "bytes": .integer, "warning": warning]))
    }

    // MARK: Runs

    static var shot: JSONSchema {
        .named(
            "RunShot",
            .object([
                "shot": .integer, "time": .number, "split": .number, "fired": .time.optional,
                "error_seconds": .number.optional, "repaired": .boolean.optional, "final": .boolean,
            ]))
    }

    static var hit: JSONSchema {
        .named(
            "RunHit",
            .object([
                "impact_id": .integer, "sensor_id": .string, "target": .string.orNull, "magnitude": .number,
                "time": .number, "shot": .integer.orNull, "delay": .number.optional,
                "error_seconds": .number.optional, "confidence": .number.optional, "cross_talk_of": .integer.optional,
                "final": .boolean,
            ]))
    }

    static var summary: JSONSchema {
        .named(
            "RunSummary",
            .object([
                "shots": .integer, "total_time": .number, "first_shot": .number.optional,
                "best_split": .number.optional, "hits": .integer, "stray_hits": .integer,
                "targets": .array(of: .object(["target": .string, "hits": .integer])),
                "par_times": JSONSchema.array(of: .object(["time": .number, "shots": .integer])).optional,
                "repaired": .boolean.optional,
            ]))
    }

    static var run: JSONSchema {
        .named(
            "Run",
            .object([
                "run_id": .string, "number": .integer,
                "state": .choice("running", "completed", "interrupted", "timeout", "unknown"), "device_id": .string,
                "shooter_name": .string.orNull, "stage_name": .string.orNull, "start_time": .time,
                "end_time": .time.optional,
                "clock": JSONSchema.object([
                    "source": ClockDocumentation.source, "corrected_seconds": .number,
                ]).optional.meaning(
                    "Only if the time was not known when it began: the source of its times now, and by how much they were corrected"
                ),
                "summary": summary, "shots": .array(of: shot), "hits": .array(of: hit),
                "events": .array(of: .integer).meaning("The ids of the events that it consists of"),
                "warning": warning,
            ]))
    }

    static var runEdit: JSONSchema {
        .closedObject([
            "shooter_name": .string.orNull.optional, "stage_name": .string.orNull.optional,
            "par_times": JSONSchema.array(of: .number(in: 0.01...3_600), longest: 8).optional.meaning("Seconds"),
        ])
    }

    static var upcoming: JSONSchema {
        .object([
            "shooter_name": .string.orNull, "stage_name": .string.orNull, "par_times": .array(of: .number),
            "warning": warning,
        ])
    }

    // MARK: Timers

    static var timer: JSONSchema {
        .named(
            "Timer",
            .object([
                "id": .string, "name": .string, "connected": .boolean, "used": .boolean,
                "battery": .integer.orNull.meaning("Percent"), "signal": .integer.orNull.meaning("dBm"),
                "last_seen": .time, "run_id": .string.orNull, "shots": .array(of: .number),
            ]))
    }

    static var leadVilleTimer: JSONSchema {
        .named(
            "LeadVilleTimer",
            .object([
                "id": .string, "hw_addr": .string, "label": .string, "battery": .integer.orNull,
                "rssi": .integer.orNull, "last_seen": .time, "connected": .boolean, "monitoring": .boolean,
                "sensitivity": .integer.orNull, "battery_level": .integer.orNull, "signal_strength": .integer.orNull,
                "current_shots": .integer, "last_time": .number.orNull, "shot_sequence": .array(of: .number),
            ]))
    }
}
