import Reactor

/// The answer to a request that is still being worked on. Whoever took the request on gives it once; a second answer,
/// and one for which nobody waits any more, goes nowhere.
@ReactorActor
package final class PendingResponse {
    private enum State {
        /// Nobody listens yet: the handler has not come back.
        case new
        case completed(HTTPResponse)
        case awaited((HTTPResponse) -> Void)
        case finished
    }

    private var state = State.new
    /// Called if the client goes, or has waited long enough, before there is an answer.
    package var onCancel: (() -> Void)?

    package init() {}

    /// Whether an answer would still be of use. Long work may look here now and then.
    package var isNeeded: Bool {
        switch state {
        case .new, .awaited: true
        case .completed, .finished: false
        }
    }

    package func complete(_ response: HTTPResponse) {
        switch state {
        case .new: state = .completed(response)
        case .awaited(let deliver):
            end()
            deliver(response)
        case .completed, .finished: response.stream?.cancel()
        }
    }

    /// Says who gets the answer: at once, if it is there already.
    func deliver(to receiver: @escaping (HTTPResponse) -> Void) {
        if case .completed(let response) = state {
            end()
            receiver(response)
        } else {
            state = .awaited(receiver)
        }
    }

    /// Nobody waits any more.
    func cancel() {
        if case .completed(let response) = state { response.stream?.cancel() }
        guard isNeeded else { return }
        let tell = onCancel
        end()
        tell?()
    }

    private func end() {
        state = .finished
        onCancel = nil
    }
}
