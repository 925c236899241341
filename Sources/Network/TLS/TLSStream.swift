import CCrypto
import CLinux
import Glibc

/// TLS on one accepted connection. Reading also performs the handshake.
final class TLSStream {
    private let context: TLSContext
    private let ssl: OpaquePointer
    private let descriptor: Int32
    /// Encrypted bytes that the socket did not accept yet.
    private var unsent: ArraySlice<UInt8> = []
    private var isEstablished = false

    /// The longest text of a record.
    private static let recordBytes = 16_384

    init?(_ context: TLSContext, on descriptor: Int32) {
        guard let ssl = SSL_new(context.pointer) else { return nil }
        guard let input = BIO_new_socket(descriptor, BIO_NOCLOSE), let output = BIO_new(context.output.method) else {
            SSL_free(ssl)
            return nil
        }
        (self.context, self.ssl, self.descriptor) = (context, ssl, descriptor)
        BIO_set_data(output, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(output, 1)
        SSL_set_bio(ssl, input, output)
        SSL_set_accept_state(ssl)
    }

    deinit {
        SSL_free(ssl)
    }

    var unsentBytes: Int { unsent.count }

    /// - Parameter buffer: at least as long as a record, so that nothing stays behind unseen by the loop.
    func read(into buffer: inout [UInt8]) -> StreamSocket.Outcome {
        ERR_clear_error()
        errno = 0
        let count = buffer.withUnsafeMutableBytes { SSL_read(ssl, $0.baseAddress, Int32(clamping: $0.count)) }
        let code = errno
        let reason = SSL_get_error(ssl, count)
        // The handshake's messages, or the alert that says why it failed.
        let sent = flush()
        reportHandshake()
        if count > 0 { return .transferred(Int(count)) }
        switch reason {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return sent == .ended ? .ended : .wouldBlock
        case SSL_ERROR_ZERO_RETURN: return .ended
        case SSL_ERROR_SYSCALL: return code == 0 || code == ECONNRESET ? .ended : .failed(code)
        default:
            context.onFailure?(TLSError("TLS").description)
            return .failed(EPROTO)
        }
    }

    /// Encrypts and sends up to one record. Before the handshake is complete nothing can be said, and the connection ends.
    func write(_ bytes: UnsafeRawBufferPointer) -> StreamSocket.Outcome {
        guard isEstablished else { return .ended }
        let before = flush()
        guard before == .transferred(0) else { return before }
        guard !bytes.isEmpty else { return .transferred(0) }
        let count = SSL_write(ssl, bytes.baseAddress, Int32(min(bytes.count, Self.recordBytes)))
        guard count > 0 else { return .failed(EPROTO) }
        // What the socket does not accept is kept here: for the caller it is sent.
        let outcome = flush()
        return outcome == .ended ? .ended : .transferred(Int(count))
    }

    /// Announces the end of what is sent.
    func finishWriting() {
        guard isEstablished else { return }
        ERR_clear_error()
        SSL_shutdown(ssl)
        _ = flush()
    }

    private func reportHandshake() {
        guard !isEstablished, SSL_is_init_finished(ssl) == 1 else { return }
        isEstablished = true
        context.onHandshake?(SSL_session_reused(ssl) == 1)
    }

    /// Sends what the socket did not accept before. `.transferred(0)`: all of it.
    func flush() -> StreamSocket.Outcome {
        while !unsent.isEmpty {
            let sent = unsent.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent >= 0 else {
                if errno == EAGAIN || errno == EINTR { return .wouldBlock }
                unsent = []
                return .ended
            }
            unsent.removeFirst(sent)
        }
        return .transferred(0)
    }

    /// Sends what OpenSSL has encrypted, from where it is unless something else comes first.
    fileprivate func transmit(_ bytes: UnsafeRawBufferPointer) {
        let sent = unsent.isEmpty ? max(0, send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))) : 0
        if sent < bytes.count { unsent.append(contentsOf: bytes[sent...]) }
    }
}

/// Where OpenSSL writes what is to be sent. It never blocks: the stream keeps what its socket does not accept.
final class TLSOutput {
    let method: OpaquePointer

    init?() {
        guard let method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "leadville") else { return nil }
        self.method = method
        BIO_meth_set_write(method) { output, bytes, count in
            guard let data = BIO_get_data(output), count > 0 else { return 0 }
            Unmanaged<TLSStream>.fromOpaque(data).takeUnretainedValue()
                .transmit(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            return count
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
    }

    deinit {
        BIO_meth_free(method)
    }
}

/// Decides by the first byte of a connection whether it is TLS: a port serves both.
final class TLSDetection {
    private enum State {
        case undecided(TLSContext)
        case plain
        case encrypted(TLSStream)
    }

    private var state: State

    init(_ context: TLSContext) {
        state = .undecided(context)
    }

    /// The stream, if the client has begun TLS.
    var stream: TLSStream? { if case .encrypted(let stream) = state { stream } else { nil } }

    /// Looks at the first byte, if the client has sent one. Nil: read and write as before.
    func decide(_ descriptor: Int32) -> StreamSocket.Outcome? {
        guard case .undecided(let context) = state else { return nil }
        var first: UInt8 = 0
        let count = recv(descriptor, &first, 1, Int32(MSG_PEEK))
        guard count > 0 else { return count == 0 ? .ended : StreamSocket.outcome(errno) }
        // A handshake record; no request of HTTP begins with this byte.
        guard first == 0x16 else {
            state = .plain
            return nil
        }
        guard let stream = TLSStream(context, on: descriptor) else { return .failed(ENOMEM) }
        state = .encrypted(stream)
        return nil
    }
}
