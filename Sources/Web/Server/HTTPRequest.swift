import Clocks
import Network
import Reactor

/// A complete request, as handlers receive it.
package struct HTTPRequest: Sendable {
    package let head: HTTPRequestHead
    package let body: [UInt8]
    package let peer: SocketAddress
    /// When its head had arrived.
    package let began: MonotonicTime
    /// The parameters of the route: for `/api/runs/{id}`, `parameters["id"]`.
    package internal(set) var parameters = PathParameters()
    /// Whether it came over TLS.
    package let isEncrypted: Bool
    /// Who asks; nil where it makes no difference.
    package internal(set) var client: ClientAccess?

    init(
        head: HTTPRequestHead, body: [UInt8], peer: SocketAddress, began: MonotonicTime = SystemClock.monotonic(),
        isEncrypted: Bool = false
    ) {
        self.isEncrypted = isEncrypted
        self.head = head
        self.body = body
        self.peer = peer
        self.began = began
    }

    package var method: HTTPMethod { head.method }
    package var path: String { head.path }
}

/// The result of a request handler.
package enum HTTPHandlerResult {
    case response(HTTPResponse)
    /// The response follows later. The client's next requests wait for it.
    case deferred(PendingResponse)
    /// The connection becomes a WebSocket of this service.
    case webSocket(any WebSocketService)
}

@ReactorActor
extension HTTPHandlerResult {
    /// Passes a pending response to code that completes it later, for example on a database thread.
    package static func deferred(_ begin: (PendingResponse) -> Void) -> HTTPHandlerResult {
        let response = PendingResponse()
        begin(response)
        return .deferred(response)
    }

    /// The response is the result of `work`, which is cancelled when the client disconnects.
    package static func asyncResponse(_ work: @escaping @ReactorActor () async -> HTTPResponse) -> HTTPHandlerResult {
        deferred { response in
            let task = Task { @ReactorActor in response.complete(await work()) }
            response.onCancel = { task.cancel() }
        }
    }
}

/// A response that is completed later, by the code that handles the request. Completing it twice, or after it was
/// cancelled, has no effect.
@ReactorActor
package final class PendingResponse {
    private enum State {
        /// The handler has not returned yet.
        case new
        case completed(HTTPResponse)
        case awaited((HTTPResponse) -> Void)
        case finished
    }

    private var state = State.new
    /// Called if the client disconnects or times out before the response is complete.
    package var onCancel: (() -> Void)?
    private var onEnd: ((HTTPStatus?) -> Void)?
    /// Whether a client that finishes sending is treated as disconnected. Otherwise it may still receive the response.
    package var endsWithInput = false

    package init() {}

    /// Whether the response is still needed. Long work may check this occasionally.
    package var isNeeded: Bool {
        switch state {
        case .new, .awaited: true
        case .completed, .finished: false
        }
    }

    package func complete(_ response: HTTPResponse) {
        switch state {
        case .new:
            state = .completed(response)
            reportEnd(response.status)
        case .awaited(let deliver):
            end()
            reportEnd(response.status)
            deliver(response)
        case .completed, .finished: response.stream?.cancel()
        }
    }

    /// Sets the receiver; calls it at once if the response is already complete.
    func deliver(to receiver: @escaping (HTTPResponse) -> Void) {
        if case .completed(let response) = state {
            end()
            receiver(response)
        } else {
            state = .awaited(receiver)
        }
    }

    /// The response is no longer needed.
    func cancel() {
        if case .completed(let response) = state { response.stream?.cancel() }
        guard isNeeded else { return }
        let onCancel = onCancel
        end()
        reportEnd(nil)
        onCancel?()
    }

    /// Calls `report` once: with the status of the response, or nil if the client disconnects before there is one.
    func whenEnded(_ report: @escaping (HTTPStatus?) -> Void) {
        if case .completed(let response) = state { report(response.status) } else { onEnd = report }
    }

    private func reportEnd(_ status: HTTPStatus?) {
        let report = onEnd
        onEnd = nil
        report?(status)
    }

    private func end() {
        state = .finished
        onCancel = nil
    }
}
