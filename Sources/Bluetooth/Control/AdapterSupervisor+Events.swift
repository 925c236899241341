import Clocks

extension AdapterSupervisor {
    package mutating func receive(
        _ bytes: ArraySlice<UInt8>, at now: MonotonicTime, _ emit: (AdapterNotification) -> Void
    ) {
        do throws(ManagementPacketError) {
            let packet = try ManagementPacket(bytes)
            if let (command, outcome) = queue.receive(packet) { handle(outcome, of: command, at: now, emit) }
            handle(packet, at: now, emit)
        } catch {
            emit(.rejected(error))
        }
    }

    package mutating func advance(to now: MonotonicTime, _ emit: (AdapterNotification) -> Void) {
        if let overdue = queue.advance(to: now) { handle(.timedOut, of: overdue, at: now, emit) }
        if let retry, now >= retry.due {
            self.retry?.due = now + retry.delay
            if case .starting(let number) = state {
                if hasUnreportedPowerOff { emit(.poweredOff(number)) }
                hasUnreportedPowerOff = false
                powerUp(number)
            } else {
                self.retry = nil
            }
        }
        if isDiscovering, links.isEmpty, let silence, now >= silence.since + silence.timeout {
            self.silence = (now, min(Self.maximumSilenceTimeout, silence.timeout * 2))
            recover(from: .scanSilent, at: now, emit)
        }
        startDiscovery(at: now)
        if awaitsScanStop, isScanStopped {
            awaitsScanStop = false
            emit(.scanStopped)
        }
    }

    private mutating func handle(
        _ packet: ManagementPacket, at now: MonotonicTime, _ emit: (AdapterNotification) -> Void
    ) {
        guard let number = packet.adapter else { return }
        switch packet.event {
        case .adapterAdded:
            abandoned.remove(number)
            queue.add(.readInfo, adapter: number)
            return
        case .adapterRemoved:
            adapters[number] = nil
            abandoned.remove(number)
            queue.removeAll(for: number)
            if number == current { release(number, at: now, emit) }
            return
        case .settings(let settings): adapters[number]?.current = settings
        default: break
        }
        guard number == current else { return }
        switch packet.event {
        case .settings(let settings): handle(settings, of: number, at: now, emit)
        case .controllerError(let code): recover(from: .controllerError(code), at: now, emit)
        case .found(let device):
            silence = (now, Self.initialSilenceTimeout)
            if !hasConnectFailure { reportWorking(emit) }
            emit(.found(device))
        case .connected(let address):
            links.insert(address)
            hasConnectFailure = false
            reportWorking(emit)
            emit(.linkUp(address))
        case .disconnected(let address, let reason):
            links.remove(address)
            silence?.since = now
            emit(.linkDown(address, reason))
        case .discovering(let isOn):
            isDiscovering = isOn
            if !isOn { nextDiscovery = now + scanPause }
        default: break
        }
    }

    /// The settings changed, by this process or by another one.
    private mutating func handle(
        _ settings: AdapterSettings, of number: UInt16, at now: MonotonicTime, _ emit: (AdapterNotification) -> Void
    ) {
        let isUp = settings.isSuperset(of: [.powered, .lowEnergy])
        if isUp { return becomeReady(number, at: now, emit) }
        if settings.contains(.powered) { return queue.add(.setLowEnergy(true), adapter: number) }
        guard case .ready = state else { return }
        state = .starting(number)
        (isDiscovering, links) = (false, [])
        // Another process may switch it off again, so back off instead of racing it.
        scheduleRetry(at: now)
        hasUnreportedPowerOff = !recovery.isActive
    }

    /// The adapter found a device, or connected if connecting was what failed: it works.
    private mutating func reportWorking(_ emit: (AdapterNotification) -> Void) {
        if recovery.finish() { emit(.recovered) }
    }
}

extension AdapterSupervisor {
    private mutating func handle(
        _ outcome: ManagementCommandQueue.Outcome, of entry: ManagementCommandQueue.Command, at now: MonotonicTime,
        _ emit: (AdapterNotification) -> Void
    ) {
        let (opcode, number) = (entry.command.opcode, entry.adapter)
        switch outcome {
        case .completed(.adapters(let numbers)):
            for number in numbers { queue.add(.readInfo, adapter: number) }
            if numbers.isEmpty { emitOnce(.noAdapter, emit) }
        case .completed(.info(let info)):
            adapters[number] = info
            choose(at: now, emit)
        case .completed(.settings(_, let settings)):
            adapters[number]?.current = settings
            if number == current { handle(settings, of: number, at: now, emit) }
        // The kernel's own event follows a little later.
        case .completed(.done(.startDiscovery)):
            guard number == current else { return }
            isDiscovering = true
            if !wantsDiscovery { queue.add(.stopDiscovery, adapter: number) }
        case .completed(.signal(let address, let signal)): emit(.signal(address, signal))
        case .completed(.connections(let addresses)):
            for address in addresses where links.insert(address).inserted { emit(.linkUp(address)) }
        case .completed: break
        case .failed where opcode == .readInfo, .timedOut where opcode == .readInfo: choose(at: now, emit)
        case .failed(let status): handle(status, of: opcode, number, at: now, emit)
        case .timedOut:
            if number == current { recover(from: .unanswered(opcode), at: now, emit) }
        }
    }

    private mutating func handle(
        _ status: ManagementStatus, of opcode: ManagementOpcode, _ number: UInt16, at now: MonotonicTime,
        _ emit: (AdapterNotification) -> Void
    ) {
        guard number == current else { return }
        switch (opcode, status) {
        case (_, .invalidIndex): break
        case (.setPowered, .blocked):
            emitOnce(.blocked(number), emit)
            scheduleRetry(at: now)
        case (.setPowered, .permissionDenied), (.startDiscovery, .permissionDenied):
            emitOnce(.permissionDenied, emit)
            if opcode == .setPowered { scheduleRetry(at: now) } else { nextDiscovery = now + Self.maximumRetryDelay }
        case (.setPowered, .busy): scheduleRetry(at: now)
        // BUSY: another client is scanning; its results arrive here as well.
        case (.startDiscovery, .busy), (.startDiscovery, .notPowered): nextDiscovery = now + Self.initialRetryDelay
        case (.setPowered, _), (.startDiscovery, _), (.setLowEnergy, _):
            nextDiscovery = now + Self.initialRetryDelay
            recover(from: .failed(opcode, status), at: now, emit)
        // No scan was running.
        case (.stopDiscovery, _): isDiscovering = false
        default: break
        }
    }
}
