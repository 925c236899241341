import Reactor

/// What becomes of a request.
package enum HTTPHandlerResult {
    case response(HTTPResponse)
    /// The answer comes later. Until then the client's next requests wait.
    case deferred(PendingResponse)
    /// The connection becomes a WebSocket of this service.
    case webSocket(any WebSocketService)
}

@ReactorActor
extension HTTPHandlerResult {
    /// Hands the answer's place to somebody who will fill it, such as a thread that asks a database.
    package static func deferred(_ begin: (PendingResponse) -> Void) -> HTTPHandlerResult {
        let answer = PendingResponse()
        begin(answer)
        return .deferred(answer)
    }

    /// The answer is what the work comes to. It is cancelled when nobody waits for it any more.
    package static func asyncResponse(_ work: @escaping @ReactorActor () async -> HTTPResponse) -> HTTPHandlerResult {
        deferred { answer in
            let task = Task { @ReactorActor in answer.complete(await work()) }
            answer.onCancel = { task.cancel() }
        }
    }
}
