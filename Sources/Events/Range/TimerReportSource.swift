/// How it was learnt what a timer has to say. The raw value is a stable name.
package enum TimerReportSource: String, CaseIterable, Sendable {
    /// The timer said so when it happened: the arrival tells when that was.
    case pushed
    /// It was seen when the timer was asked, as it is all the time: not long after it happened.
    case polled
    /// It was asked for afterwards: the arrival says only that it had happened by then.
    case repaired
}
