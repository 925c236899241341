import Bluetooth
import Clocks
import Glibc
import Reactor

/// Links: how they are made and how they end.
extension VirtualRadio {
    struct Attempt {
        weak var socket: VirtualLinkSocket?
        let adapter: UInt16
        let began: MonotonicTime
    }

    /// From the request to the connection, when the device is there.
    private static let connectingTime = Nanoseconds.milliseconds(40)
    /// What the kernel and the controller wait for.
    private static let patience = Nanoseconds.seconds(41)
    private static let controllerPatience = Nanoseconds.seconds(2)
    /// The kernel keeps a link for a while that nobody uses any more.
    private static let keeping = Nanoseconds.seconds(2)

    func connect(_ socket: VirtualLinkSocket) -> Int32 {
        guard let number = kernel.adapters.first(where: { $0.value.isPowered })?.key else { return EHOSTUNREACH }
        if let device = device(at: socket.peer) {
            if case .refused(let code) = device.answer { return code }
            if device.isLinked, device.keptUntil == nil { return EBUSY }
        }
        socket.stopUp()
        attempts.removeAll { $0.socket == nil }
        attempts.append(Attempt(socket: socket, adapter: number, began: timers.now))
        mostConnecting = max(mostConnecting, attempts.count)
        if isScanning { connectsDuringScan += 1 }
        lookAtAttempts(after: Self.connectingTime)
        return EINPROGRESS
    }

    private func lookAtAttempts(after delay: Nanoseconds) {
        attemptTimer.map(timers.cancel)
        attemptTimer = timers.after(delay) { [weak self] in
            guard let self else { return }
            attemptTimer = nil
            attempts.removeAll { isOver($0) }
            if !attempts.isEmpty { lookAtAttempts(after: Self.connectingTime) }
        }
    }

    private func isOver(_ attempt: Attempt) -> Bool {
        guard let socket = attempt.socket else { return true }
        let waited = timers.now - attempt.began
        guard kernel.adapters[attempt.adapter]?.isPowered ?? false else { return failed(socket, ECONNABORTED) }
        if isHung { return waited >= Self.controllerPatience ? failed(socket, ETIMEDOUT) : false }
        guard waited < Self.patience else { return failed(socket, ECONNREFUSED) }
        guard let device = device(at: socket.peer), device.isInRange else { return false }
        switch device.answer {
        case .never, .refused: return false
        case .fails(let code): return failed(socket, code)
        case .connects, .breaks:
            establish(socket, device, attempt.adapter)
            return true
        }
    }

    private func failed(_ socket: VirtualLinkSocket, _ code: Int32) -> Bool {
        socket.fail(code)
        return true
    }

    private func establish(_ socket: VirtualLinkSocket, _ device: VirtualAirDevice, _ number: UInt16) {
        guard let descriptor = socket.establish() else { return }
        let isKept = device.keptUntil != nil
        (device.adapter, device.socket, device.keptUntil) = (number, socket, nil)
        kernel.adapters[number]?.links[device.address] = device.signal
        do throws(SystemError) {
            try device.accept(descriptor, isKept: isKept)
        } catch {
            return end(device, ECONNABORTED, .unspecified)
        }
        if !isKept { say(VirtualKernel.connected(device.address, on: number)) }
        if case .breaks = device.answer { end(device, ENOSYS, .unspecified) }
    }

    private func device(at address: BluetoothAddress) -> VirtualAirDevice? {
        devices.first { $0.address == address }
    }
}

/// How links end.
extension VirtualRadio {
    /// Somebody walks away with it, or comes back. A link breaks when nothing was heard for as long as it may be silent.
    package func move(_ device: VirtualAirDevice, inRange isInRange: Bool) {
        device.isInRange = isInRange
        device.mute(!isInRange)
        guard !isInRange, let number = device.adapter else { return }
        let silence = Int64(kernel.supervisionTimeout(of: device.address, on: number)) * 10
        timers.after(.milliseconds(silence)) { [weak self, weak device] in
            guard let self, let device, !device.isInRange else { return }
            end(device, ETIMEDOUT, .timeout)
        }
    }

    func cutLinks(of number: UInt16) {
        for device in devices where device.adapter == number { end(device, ECONNABORTED, .unspecified) }
    }

    func linkEnded(_ device: VirtualAirDevice, centralHasLeft: Bool) {
        guard device.isLinked else { return }
        guard centralHasLeft else { return end(device, ECONNRESET, .remote) }
        device.keptUntil = timers.now + Self.keeping
        timers.after(Self.keeping) { [weak self, weak device] in
            guard let self, let device, let until = device.keptUntil, timers.now >= until else { return }
            end(device, ECONNRESET, .local)
        }
    }

    private func end(_ device: VirtualAirDevice, _ code: Int32, _ reason: ManagementEvent.DisconnectReason) {
        guard let number = device.adapter else { return }
        device.socket?.end(code)
        (device.adapter, device.socket, device.keptUntil) = (nil, nil, nil)
        kernel.adapters[number]?.links[device.address] = nil
        device.hangUp()
        say(VirtualKernel.disconnected(device.address, reason, on: number))
    }
}
