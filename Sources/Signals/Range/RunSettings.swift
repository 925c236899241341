import Clocks

/// How patient a run tracker is.
package struct RunSettings: Hashable, Sendable {
    /// Longer than any timer listens for the next shot without saying anything: ten minutes, and a margin.
    package var silenceTimeout = Nanoseconds.seconds(630)
    /// From the stop until the last hit must have been felt and told.
    package var settlingTime = Nanoseconds.milliseconds(1_500)
    /// So much longer, when the timer counts shots that have not been heard of and is being asked for them.
    package var repairTimeout = Nanoseconds.seconds(6)
    /// A link that is lost for less than that is not worth telling.
    package var disconnectDelay = Nanoseconds.seconds(5)

    /// Sensors of one rack tell of the same blow within that.
    package var crossTalkWindow = Nanoseconds.milliseconds(150)

    package init() {}
}

/// What people add to a run.
package struct RunNames: Hashable, Sendable {
    package var shooter: String?
    package var stage: String?
    package var parTimes: [Nanoseconds]

    package init(shooter: String? = nil, stage: String? = nil, parTimes: [Nanoseconds] = []) {
        self.shooter = shooter
        self.stage = stage
        self.parTimes = parTimes
    }
}
