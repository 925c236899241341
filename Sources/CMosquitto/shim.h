#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/ssl.h>

/// Why the certificate of the broker was not accepted: a code of X509_verify_cert_error_string. X509_V_OK without TLS.
static inline long mosquitto_verify_result(struct mosquitto *client) {
    SSL *ssl = (SSL *)mosquitto_ssl_get(client);
    return ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
}

