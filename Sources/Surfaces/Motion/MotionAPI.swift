import Clocks
import Configuration
import Devices
import Drivers
import Events
import JSON
import Metrics
import Reactor
import Signals
import Web

/// Phones in motion: the Sensor Logger app posts to `/data`, the page `/sensor/` draws what it sends.
@ReactorActor
package final class MotionAPI: Surface {
    package let events: Set<EventKind> = [.motion]
    private let phones: PhoneService
    private let stream: MotionStream

    /// Seconds of all sensors of a fast phone. Reading a longer message would delay the events of others.
    private static let maximumMessageBytes = 512 << 10

    package init(
        _ phones: PhoneService, settings: WebSocketSettings, deflater: Deflater?, metrics: MetricsRegistry
    ) {
        self.phones = phones
        stream = MotionStream(phones, settings: settings, deflater: deflater, metrics: metrics)
    }

    package func handle(_ event: Event) {
        if case .motion(let motion) = event.body { stream.update(motion.phone) }
    }

    package func addresses(in configuration: Configuration) -> [ServedAddress] {
        let host = configuration.http.listener.localAddress
        return [
            ServedAddress(purpose: "phones post to", address: "http://\(host)/data"),
            ServedAddress(purpose: "phones in motion", address: "http://\(host)/sensor/"),
        ]
    }

    package func addRoutes(to routes: Router) {
        routes.get("/sensor", MotionDocumentation.redirect) { _ in
            .response(.redirect(to: "/sensor/", status: .permanentRedirect))
        }
        routes.webSocket("/sensor/stream", MotionDocumentation.stream, stream)
        routes.get("/api/phones", MotionDocumentation.phones) { [phones] _ in
            .response(
                .object { writer in
                    writer.array("phones", phones.phones) {
                        MotionJSON.write($0, recording: phones.recordings[$0.id], to: &$1)
                    }
                })
        }
        RecordingAPI(phones).addRoutes(to: routes)
        routes.add(.post, "/data", MotionDocumentation.post, access: .delivers) { [phones] request in
            let body: [UInt8]
            do throws(Gzip.Reject) {
                body = try request.decompressedBody(limit: Self.maximumMessageBytes)
            } catch {
                return .response(
                    Self.reject(error == .tooLarge ? "The message is too long." : "The gzip data is damaged."))
            }
            do throws(PhoneMessageError) {
                try phones.receive(body[...], from: request.peer.host, at: .now())
                return .response(.html("success"))
            } catch {
                return .response(Self.reject("The gateway cannot use this message: \(error)."))
            }
        }
    }

    /// The app shows the text of a response 499 to its user.
    private static func reject(_ text: String) -> HTTPResponse {
        .text(text + "\n", status: HTTPStatus(499))
    }
}

extension HTTPRequest {
    fileprivate func decompressedBody(limit: Int) throws(Gzip.Reject) -> [UInt8] {
        guard head.headers["Content-Encoding"]?.lowercased() == "gzip" else {
            guard body.count <= limit else { throw .tooLarge }
            return body
        }
        return try Gzip.decompress(body, limit: limit)
    }
}

/// The samples of all phones for pages that draw them: what is new, at most four times a second, decimated so that
/// peaks remain.
@ReactorActor
final class MotionStream: WebSocketService {
    let settings: WebSocketSettings
    let deflater: Deflater?
    private let phones: PhoneService
    private let group: BroadcastGroup
    private let metrics: SocketMetrics
    private let timers: TimerQueue
    /// The newest sample that was sent of each phone with new ones.
    private var pending: Set<DeviceID> = []
    private var sent: [DeviceID: WallTime] = [:]
    private var timer: TimerQueue.Token?

    private nonisolated static let interval = Nanoseconds.milliseconds(250)
    /// Samples per quantity of one message; twice as many pixels as the page draws in the interval.
    private nonisolated static let buckets = 32
    /// A new client begins with the latest samples.
    private nonisolated static let initialSamples = 200

    init(
        _ phones: PhoneService, settings: WebSocketSettings, deflater: Deflater?, metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.phones = phones
        self.settings = settings
        self.deflater = deflater
        self.timers = timers
        self.metrics = SocketMetrics(surface: "motion", rejectReasons: [], registry: metrics)
        group = BroadcastGroup(deflater: deflater, latency: self.metrics.latency)
        self.metrics.addClientGauge { [weak self] in self?.group.count ?? 0 }
    }

    func update(_ phone: DeviceID) {
        guard !group.isEmpty else { return }
        pending.insert(phone)
        guard timer == nil else { return }
        timer = timers.after(Self.interval) { [weak self] in self?.sendPending() }
    }

    private func sendPending() {
        timer = nil
        let now = timers.now
        for id in pending {
            guard let phone = phones[id] else { continue }
            let after = sent[id] ?? WallTime(nanoseconds: .min)
            sent[id] = phone.buffer.newest
            let message = MotionJSON.samples(of: phone, decimatedTo: Self.buckets) {
                phone.buffer.samples(of: $0, after: after)
            }
            group.send(message[...], mayBeDropped: true, received: now)
        }
        pending.removeAll()
        if sent.count > PhoneService.maximumPhones { sent = sent.filter { phones[$0.key] != nil } }
    }

    func connected(_ client: WebSocketClient) {
        // Everything that is pending goes to the clients that are here already.
        if !group.isEmpty { sendPending() }
        for phone in phones.phones {
            sent[phone.id] = phone.buffer.newest
            client.send(
                MotionJSON.samples(of: phone, decimatedTo: nil) {
                    phone.buffer.samples(of: $0).suffix(Self.initialSamples)
                })
        }
        group.add(client)
    }

    func receive(_: WebSocketMessage, from _: WebSocketClient) {}
    func disconnected(_: WebSocketClient) {}
    func notice(ofDropped _: Int) -> [UInt8]? { nil }
}

enum MotionJSON {
    /// A phone as `/api/phones` lists it.
    static func write(
        _ phone: PhoneService.Phone, recording: PhoneRecordings.Active?, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("phone", phone.id.text)
        writer.member("session", orNull: phone.session)
        writer.member("messages", phone.messages)
        writer.member("repeated_messages", phone.repeatedMessages)
        writer.member("clock_resets", phone.buffer.clockResets)
        writeClock(of: phone, to: &writer)
        writer.key("samples")
        writer.beginObject()
        for quantity in phone.buffer.quantities {
            writer.key(quantity.rawValue)
            writer.integer(phone.buffer.samples(of: quantity).count)
        }
        writer.endObject()
        writer.key("recording")
        if let recording {
            writer.beginObject()
            writer.member("name", recording.name)
            writer.member("started", recording.started)
            writer.member("trigger", recording.trigger.rawValue)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.endObject()
    }

    /// Each sample is `[time, x, y, z]`, the time in milliseconds since 1970 by the phone's clock.
    /// - Parameter samples: a part of the phone's buffer.
    static func samples(
        of phone: PhoneService.Phone, decimatedTo buckets: Int?,
        _ samples: (MotionEvent.Quantity) -> ArraySlice<MotionBuffer.Sample>
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", "motion")
        writer.member("phone", phone.id.text)
        writer.member("session", orNull: phone.session)
        writeClock(of: phone, to: &writer)
        writer.key("samples")
        writer.beginObject()
        var gaps: [MotionEvent.Quantity: [MotionGap]] = [:]
        for quantity in phone.buffer.quantities {
            let part = samples(quantity)
            gaps[quantity] = MotionGap.find(in: phone.buffer.samples(of: quantity), from: part.startIndex)
            writer.key(quantity.rawValue)
            writer.beginArray()
            for sample in buckets.map({ MotionBuffer.decimate(part, buckets: $0) }) ?? Array(part) {
                write(sample.time, sample.vector, to: &writer)
            }
            writer.endArray()
        }
        writer.endObject()
        write(gaps, to: &writer)
        writer.endObject()
        return writer.finish()
    }

    /// Quantities without gaps are left out. Each gap is `[begin, end]`: the samples before and after it.
    static func write(_ gaps: [MotionEvent.Quantity: [MotionGap]], to writer: inout JSONWriter) {
        writer.key("gaps")
        writer.beginObject()
        for quantity in MotionEvent.Quantity.allCases {
            guard let found = gaps[quantity], !found.isEmpty else { continue }
            writer.key(quantity.rawValue)
            writer.beginArray()
            for gap in found {
                writer.beginArray()
                write(gap.begin, to: &writer)
                write(gap.end, to: &writer)
                writer.endArray()
            }
            writer.endArray()
        }
        writer.endObject()
    }

    /// `[time, x, y, z]`, the time in milliseconds since 1970 by the phone's clock.
    static func write(_ time: WallTime, _ vector: Vector3, to writer: inout JSONWriter) {
        writer.beginArray()
        write(time, to: &writer)
        writer.number(vector.x)
        writer.number(vector.y)
        writer.number(vector.z)
        writer.endArray()
    }

    /// In milliseconds, to the nanosecond.
    static func write(_ time: WallTime, to writer: inout JSONWriter) {
        writer.number(units: time.nanoseconds, decimals: 6)
    }

    private static func writeClock(of phone: PhoneService.Phone, to writer: inout JSONWriter) {
        writer.key("clock")
        guard let estimate = phone.clock.estimate else { return writer.null() }
        writer.beginObject()
        writer.member("offset_seconds", estimate.offset.inSeconds, decimals: 3)
        writer.member("error_seconds", estimate.error.inSeconds, decimals: 3)
        writer.endObject()
    }
}
