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
    mutating func choose(at now: MonotonicTime, _ emit: (AdapterNotice) -> Void) {
        // Not before all have been asked: the kernel names them in any order.
        guard state == .none, !queue.has(.readInfo) else { return }
        let candidates = adapters.filter { number, info in
            choice.includes(number, info) && info.supported.contains(.lowEnergy)
        }.keys
        guard let number = candidates.filter({ !hopeless.contains($0) }).min() else {
            return sayOnce(.noAdapter, emit)
        }
        state = .starting(number)
        retry = (now + Self.firstRetry, Self.firstRetry)
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
        if !queue.has(.setPowered) { queue.add(.setPowered(true), adapter: number) }
    }

    /// The adapter is out of reach: another one, if any will do.
    mutating func leave(_ number: UInt16, at now: MonotonicTime, _ emit: (AdapterNotice) -> Void) {
        queue.forget(adapter: number)
        state = .none
        (isDiscovering, links, retry, silence, failsToConnect) = (false, [], nil, nil, false)
        ladder = AdapterLadder()
        isOffUntold = false
        emit(.gone(number))
        choose(at: now, emit)
    }

    /// Tries again later, and each time later still.
    mutating func wait(at now: MonotonicTime) {
        let delay = min(Self.greatestRetry, (retry?.delay ?? Self.firstRetry / 2) * 2)
        retry = (now + delay, delay)
    }

    mutating func sayOnce(_ notice: AdapterNotice, _ emit: (AdapterNotice) -> Void) {
        if said.insert(notice).inserted { emit(notice) }
    }

    mutating func trouble(
        _ trouble: AdapterTrouble, at now: MonotonicTime, _ emit: (AdapterNotice) -> Void
    ) {
        guard let number = current else { return }
        emit(.trouble(trouble))
        guard let step = ladder.trouble(at: now) else { return }
        emit(.step(step, number))
        switch step {
        case .restartDiscovery:
            queue.add(.stopDiscovery, adapter: number)
            (isDiscovering, nextDiscovery) = (false, now + Self.discoveryPause)
        case .powerCycle:
            state = .starting(number)
            (isDiscovering, links) = (false, [])
            queue.add(.setPowered(false), adapter: number)
            queue.add(.setPowered(true), adapter: number)
            retry = (now + AdapterLadder.patience, Self.firstRetry)
        case .reset:
            // Whoever hears the notice performs it; then the settings change, or the adapter comes anew.
            state = .starting(number)
            (isDiscovering, links) = (false, [])
            retry = (now + AdapterLadder.patience, Self.firstRetry)
        case .giveUp:
            let others = adapters.filter {
                $0 != number && choice.includes($0, $1) && $1.supported.contains(.lowEnergy)
            }
            guard !others.isEmpty else {
                retry = (now + AdapterLadder.rest, AdapterLadder.rest)
                return
            }
            // When all have been given up, the first may have come to its senses.
            if others.keys.allSatisfy(hopeless.contains) { hopeless.removeAll() }
            hopeless.insert(number)
            leave(number, at: now, emit)
        }
    }
}
