import Clocks

/// What the kernel says.
extension AdapterSupervisor {
    package mutating func receive(
        _ bytes: ArraySlice<UInt8>, at now: MonotonicTime, _ emit: (AdapterNotice) -> Void
    ) {
        do throws(ManagementRefusal) {
            let packet = try ManagementPacket(bytes)
            if let (command, outcome) = queue.take(packet) { take(outcome, of: command, at: now, emit) }
            take(packet, at: now, emit)
        } catch {
            emit(.refused(error))
        }
    }

    package mutating func advance(to now: MonotonicTime, _ emit: (AdapterNotice) -> Void) {
        if let overdue = queue.advance(to: now) { take(.overdue, of: overdue, at: now, emit) }
        if let retry, now >= retry.due {
            self.retry?.due = now + retry.delay
            if case .starting(let number) = state {
                if isOffUntold { emit(.off(number)) }
                isOffUntold = false
                powerUp(number)
            } else {
                self.retry = nil
            }
        }
        if isDiscovering, links.isEmpty, let silence, now >= silence.since + silence.patience {
            self.silence = (now, min(Self.greatestSilence, silence.patience * 2))
            trouble(.deaf, at: now, emit)
        }
        startDiscovery(at: now)
        if awaitsQuiet, isQuiet {
            awaitsQuiet = false
            emit(.quiet)
        }
    }

    private mutating func take(
        _ packet: ManagementPacket, at now: MonotonicTime, _ emit: (AdapterNotice) -> Void
    ) {
        guard let number = packet.adapter else { return }
        switch packet.event {
        case .adapterAdded:
            hopeless.remove(number)
            queue.add(.readInfo, adapter: number)
            return
        case .adapterRemoved:
            adapters[number] = nil
            hopeless.remove(number)
            queue.forget(adapter: number)
            if number == current { leave(number, at: now, emit) }
            return
        case .settings(let settings): adapters[number]?.current = settings
        default: break
        }
        guard number == current else { return }
        switch packet.event {
        case .settings(let settings): take(settings, of: number, at: now, emit)
        case .controllerError(let code): trouble(.controllerError(code), at: now, emit)
        case .found(let device):
            silence = (now, Self.firstSilence)
            if !failsToConnect { prove(emit) }
            emit(.found(device))
        case .connected(let address):
            links.insert(address)
            failsToConnect = false
            prove(emit)
            emit(.linkUp(address))
        case .disconnected(let address, let reason):
            links.remove(address)
            silence?.since = now
            emit(.linkDown(address, reason))
        case .discovering(let isOn):
            isDiscovering = isOn
            if !isOn { nextDiscovery = now + pause }
        default: break
        }
    }

    /// Somebody has changed something about the adapter, maybe we.
    private mutating func take(
        _ settings: AdapterSettings, of number: UInt16, at now: MonotonicTime, _ emit: (AdapterNotice) -> Void
    ) {
        let isUp = settings.isSuperset(of: [.powered, .lowEnergy])
        if isUp { return becomeReady(number, at: now, emit) }
        if settings.contains(.powered) { return queue.add(.setLowEnergy(true), adapter: number) }
        guard case .ready = state else { return }
        state = .starting(number)
        (isDiscovering, links) = (false, [])
        // Whoever has switched it off may do so again: not a race, but patience.
        wait(at: now)
        isOffUntold = !ladder.isClimbing
    }

    /// It has heard something, or connected when that was what it failed to do: so it works.
    private mutating func prove(_ emit: (AdapterNotice) -> Void) {
        if ladder.works() { emit(.recovered) }
    }
}

/// What has become of commands.
extension AdapterSupervisor {
    private mutating func take(
        _ outcome: ManagementQueue.Outcome, of entry: ManagementQueue.Command, at now: MonotonicTime,
        _ emit: (AdapterNotice) -> Void
    ) {
        let (opcode, number) = (entry.command.opcode, entry.adapter)
        switch outcome {
        case .completed(.adapters(let numbers)):
            for number in numbers { queue.add(.readInfo, adapter: number) }
            if numbers.isEmpty { sayOnce(.noAdapter, emit) }
        case .completed(.info(let info)):
            adapters[number] = info
            choose(at: now, emit)
        case .completed(.settings(_, let settings)):
            adapters[number]?.current = settings
            if number == current { take(settings, of: number, at: now, emit) }
        // The kernel's own word on it comes a little later.
        case .completed(.done(.startDiscovery)):
            guard number == current else { return }
            isDiscovering = true
            if !wantsDiscovery { queue.add(.stopDiscovery, adapter: number) }
        case .completed(.signal(let address, let signal)): emit(.signal(address, signal))
        case .completed(.connections(let addresses)):
            for address in addresses where links.insert(address).inserted { emit(.linkUp(address)) }
        case .completed: break
        case .failed where opcode == .readInfo, .overdue where opcode == .readInfo: choose(at: now, emit)
        case .failed(let status): take(status, of: opcode, number, at: now, emit)
        case .overdue:
            if number == current { trouble(.unanswered(opcode), at: now, emit) }
        }
    }

    private mutating func take(
        _ status: ManagementStatus, of opcode: ManagementOpcode, _ number: UInt16, at now: MonotonicTime,
        _ emit: (AdapterNotice) -> Void
    ) {
        guard number == current else { return }
        switch (opcode, status) {
        case (_, .invalidIndex): break
        case (.setPowered, .blocked):
            sayOnce(.blocked(number), emit)
            wait(at: now)
        case (.setPowered, .permissionDenied), (.startDiscovery, .permissionDenied):
            sayOnce(.notAllowed, emit)
            if opcode == .setPowered { wait(at: now) } else { nextDiscovery = now + Self.greatestRetry }
        case (.setPowered, .busy): wait(at: now)
        // Somebody else scans: what is found is heard by everybody.
        case (.startDiscovery, .busy), (.startDiscovery, .notPowered): nextDiscovery = now + Self.firstRetry
        case (.setPowered, _), (.startDiscovery, _), (.setLowEnergy, _):
            nextDiscovery = now + Self.firstRetry
            trouble(.failed(opcode, status), at: now, emit)
        // There is none that could be stopped.
        case (.stopDiscovery, _): isDiscovering = false
        default: break
        }
    }
}
