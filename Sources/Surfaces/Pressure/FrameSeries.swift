import Clocks
import Events
import JSON
import Signals

/// The frames of a session, one after the other, and what is computed from them.
struct FrameSeries {
    private(set) var count = 0
    private var smoothing = StatisticsSmoothing()
    private var thresholds = PressureThresholds()

    /// A frame with its statistics.
    struct Processed {
        let matrix: PressureMatrix
        let raw: PressureStatistics
        let smoothed: PressureStatistics
        /// The smoothed statistics of the frame before.
        let previous: PressureStatistics?
        let events: [PressureThresholdEvent]
        /// How many frames there have been.
        let count: Int
        /// The frame as it is stored.
        let frame: WorkoutFrame
    }

    mutating func receive(
        _ matrix: PressureMatrix, _ raw: PressureStatistics, timestamp: [UInt8]?, nodes: [UInt8]?, at wall: WallTime
    ) -> Processed {
        let previous = smoothing.latest
        let smoothed = smoothing.smooth(raw)
        let number = timestamp.flatMap { try? JSONValue(parsing: $0) }
        let events = thresholds.receive(raw, at: PressureThresholds.seconds(of: number, arrival: wall))
        var frame = WorkoutFrame(received: wall, matrix: matrix)
        (frame.timestamp, frame.nodes, frame.events) = (timestamp, nodes, events)
        frame.beginsSession = count == 0
        count += 1
        return Processed(
            matrix: matrix, raw: raw, smoothed: smoothed, previous: previous, events: events, count: count, frame: frame
        )
    }

    /// Statistics that the client has computed itself; nil if they contain no number.
    mutating func receive(reported raw: ReportedStatistics) -> (smoothed: ReportedStatistics, beginsSession: Bool)? {
        guard let smoothed = smoothing.smooth(raw) else { return nil }
        defer { count += 1 }
        return (smoothed, count == 0)
    }
}
