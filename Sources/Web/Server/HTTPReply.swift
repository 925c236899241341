import Reactor

/// What becomes of a request.
package enum HTTPReply {
    case response(HTTPResponse)
    /// The answer comes later. Until then the client's next requests wait.
    case later(PendingAnswer)
    /// The connection becomes a WebSocket of this service.
    case webSocket(any WebSocketService)
}

@ReactorActor
extension HTTPReply {
    /// Hands the answer's place to somebody who will fill it, such as a thread that asks a database.
    package static func later(_ begin: (PendingAnswer) -> Void) -> HTTPReply {
        let answer = PendingAnswer()
        begin(answer)
        return .later(answer)
    }

    /// The answer is what the work comes to. It is cancelled when nobody waits for it any more.
    package static func eventually(_ work: @escaping @ReactorActor () async -> HTTPResponse) -> HTTPReply {
        later { answer in
            let task = Task { @ReactorActor in answer.give(await work()) }
            answer.whenAbandoned = { task.cancel() }
        }
    }
}
