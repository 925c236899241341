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
    private static let connectDelay = Nanoseconds.milliseconds(40)
    /// What the kernel and the controller wait for.
    private static let connectTimeout = Nanoseconds.seconds(41)
    private static let controllerTimeout = Nanoseconds.seconds(2)
    /// The kernel keeps a link for a while that nobody uses any more.
    private static let idleLinkTimeout = Nanoseconds.seconds(2)

    func connect(_ socket: VirtualLinkSocket) -> Int32 {
        guard let number = kernel.adapters.first(where: { $0.value.isPowered })?.key else { return EHOSTUNREACH }
        if let device = device(at: socket.peer) {
            if case .refused(let code) = device.connectOutcome { return code }
            if device.isLinked, device.idleLinkExpiry == nil { return EBUSY }
        }
        socket.blockWrites()
        attempts.removeAll { $0.socket == nil }
        attempts.append(Attempt(socket: socket, adapter: number, began: timers.now))
        peakConnecting = max(peakConnecting, attempts.count)
        if isScanning { connectsDuringScan += 1 }
        scheduleAttemptCheck(after: Self.connectDelay)
        return EINPROGRESS
    }

    private func scheduleAttemptCheck(after delay: Nanoseconds) {
        attemptTimer.map(timers.cancel)
        attemptTimer = timers.after(delay) { [weak self] in
            guard let self else { return }
            attemptTimer = nil
            attempts.removeAll { completeIfDue($0) }
            if !attempts.isEmpty { scheduleAttemptCheck(after: Self.connectDelay) }
        }
    }

    private func completeIfDue(_ attempt: Attempt) -> Bool {
        guard let socket = attempt.socket else { return true }
        let waited = timers.now - attempt.began
        guard kernel.adapters[attempt.adapter]?.isPowered ?? false else { return fail(socket, ECONNABORTED) }
        if isHung { return waited >= Self.controllerTimeout ? fail(socket, ETIMEDOUT) : false }
        guard waited < Self.connectTimeout else { return fail(socket, ECONNREFUSED) }
        guard let device = device(at: socket.peer), device.isInRange else { return false }
        switch device.connectOutcome {
        case .never, .refused: return false
        case .fails(let code): return fail(socket, code)
        case .connects, .breaks:
            establish(socket, device, attempt.adapter)
            return true
        }
    }

    private func fail(_ socket: VirtualLinkSocket, _ code: Int32) -> Bool {
        socket.fail(code)
        return true
    }

    private func establish(_ socket: VirtualLinkSocket, _ device: VirtualRadioDevice, _ number: UInt16) {
        guard let descriptor = socket.establish() else { return }
        let isKept = device.idleLinkExpiry != nil
        (device.adapter, device.socket, device.idleLinkExpiry) = (number, socket, nil)
        kernel.adapters[number]?.links[device.address] = device.signal
        do throws(SystemError) {
            try device.accept(descriptor, isResumed: isKept)
        } catch {
            return end(device, ECONNABORTED, .unspecified)
        }
        if !isKept { sendManagementPacket(VirtualKernel.connected(device.address, on: number)) }
        if case .breaks = device.connectOutcome { end(device, ENOSYS, .unspecified) }
    }

    private func device(at address: BluetoothAddress) -> VirtualRadioDevice? {
        devices.first { $0.address == address }
    }
}

/// How links end.
extension VirtualRadio {
    /// Somebody walks away with it, or comes back. A link breaks when nothing was heard for as long as it may be silent.
    package func move(_ device: VirtualRadioDevice, inRange isInRange: Bool) {
        device.isInRange = isInRange
        device.setMuted(!isInRange)
        guard !isInRange, let number = device.adapter else { return }
        let silence = Int64(kernel.supervisionTimeout(of: device.address, on: number)) * 10
        timers.after(.milliseconds(silence)) { [weak self, weak device] in
            guard let self, let device, !device.isInRange else { return }
            end(device, ETIMEDOUT, .timeout)
        }
    }

    func endLinks(of number: UInt16) {
        for device in devices where device.adapter == number { end(device, ECONNABORTED, .unspecified) }
    }

    func handleLinkEnd(_ device: VirtualRadioDevice, centralDisconnected: Bool) {
        guard device.isLinked else { return }
        guard centralDisconnected else { return end(device, ECONNRESET, .remote) }
        device.idleLinkExpiry = timers.now + Self.idleLinkTimeout
        timers.after(Self.idleLinkTimeout) { [weak self, weak device] in
            guard let self, let device, let until = device.idleLinkExpiry, timers.now >= until else { return }
            end(device, ECONNRESET, .local)
        }
    }

    private func end(_ device: VirtualRadioDevice, _ code: Int32, _ reason: ManagementEvent.DisconnectReason) {
        guard let number = device.adapter else { return }
        device.socket?.end(code)
        (device.adapter, device.socket, device.idleLinkExpiry) = (nil, nil, nil)
        kernel.adapters[number]?.links[device.address] = nil
        device.disconnect()
        sendManagementPacket(VirtualKernel.disconnected(device.address, reason, on: number))
    }
}
