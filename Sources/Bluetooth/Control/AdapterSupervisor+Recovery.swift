import Clocks

/// Choosing an adapter, switching it on, and what is done when it fails.
extension AdapterSupervisor {
    /// The adapter that is used, or being made ready.
    package var current: UInt16? {
        switch state {
        case .none: nil
        case .starting(let number), .ready(let number): number
        }
    }

    /// Takes the lowest of those that would do. One that is in use stays in use.
    mutating func choose(at now: MonotonicTime, _ emit: (AdapterNotification) -> Void) {
        // Not before all have been asked: the kernel names them in any order.
        guard state == .none, !queue.contains(.readInfo) else { return }
        let candidates = adapters.filter { number, info in
            choice.includes(number, info) && info.supported.contains(.lowEnergy)
        }.keys
        guard let number = candidates.filter({ !abandoned.contains($0) }).min() else {
            return emitOnce(.noAdapter, emit)
        }
        state = .starting(number)
        retry = (now + Self.initialRetryDelay, Self.initialRetryDelay)
        let settings = adapters[number]?.current ?? []
        if settings.isSuperset(of: [.powered, .lowEnergy]) {
            becomeReady(number, at: now, emit)
        } else if settings.contains(.powered) {
            queue.add(.setLowEnergy(true), adapter: number)
        } else {
            powerUp(number)
        }
    }

    mutating func powerUp(_ number: UInt16) {
        if !queue.contains(.setPowered) { queue.add(.setPowered(true), adapter: number) }
    }

    /// The adapter is out of reach: another one, if any will do.
    mutating func release(_ number: UInt16, at now: MonotonicTime, _ emit: (AdapterNotification) -> Void) {
        queue.removeAll(for: number)
        state = .none
        (isDiscovering, links, retry, silence, hasConnectFailure) = (false, [], nil, nil, false)
        recovery = AdapterRecovery()
        hasUnreportedPowerOff = false
        emit(.removed(number))
        choose(at: now, emit)
    }

    /// Tries again later, and each time later still.
    mutating func scheduleRetry(at now: MonotonicTime) {
        let delay = min(Self.maximumRetryDelay, (retry?.delay ?? Self.initialRetryDelay / 2) * 2)
        retry = (now + delay, delay)
    }

    mutating func emitOnce(_ notice: AdapterNotification, _ emit: (AdapterNotification) -> Void) {
        if emitted.insert(notice).inserted { emit(notice) }
    }

    mutating func recover(
        from trouble: AdapterProblem, at now: MonotonicTime, _ emit: (AdapterNotification) -> Void
    ) {
        guard let number = current else { return }
        emit(.problem(trouble))
        guard let step = recovery.nextStep(at: now) else { return }
        emit(.recoveryStep(step, number))
        switch step {
        case .restartDiscovery:
            queue.add(.stopDiscovery, adapter: number)
            (isDiscovering, nextDiscovery) = (false, now + Self.discoveryPause)
        case .powerCycle:
            state = .starting(number)
            (isDiscovering, links) = (false, [])
            queue.add(.setPowered(false), adapter: number)
            queue.add(.setPowered(true), adapter: number)
            retry = (now + AdapterRecovery.stepInterval, Self.initialRetryDelay)
        case .reset:
            // Whoever hears the notice performs it; then the settings change, or the adapter comes anew.
            state = .starting(number)
            (isDiscovering, links) = (false, [])
            retry = (now + AdapterRecovery.stepInterval, Self.initialRetryDelay)
        case .giveUp:
            let others = adapters.filter {
                $0 != number && choice.includes($0, $1) && $1.supported.contains(.lowEnergy)
            }
            guard !others.isEmpty else {
                retry = (now + AdapterRecovery.restInterval, AdapterRecovery.restInterval)
                return
            }
            // When all have been given up, the first may have come to its senses.
            if others.keys.allSatisfy(abandoned.contains) { abandoned.removeAll() }
            abandoned.insert(number)
            release(number, at: now, emit)
        }
    }
}
