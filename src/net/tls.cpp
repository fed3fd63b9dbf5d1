#include "lectr/net/tls.hpp"

#include <openssl/err.h>

#include <stdexcept>

namespace lectr::net {
namespace {

[[noreturn]] void fail(const std::string& file, const char* what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  throw std::runtime_error(file + ": " + what + (reason ? std::string{" ("} + reason + ")" : std::string{}));
}

TlsContext make(const SSL_METHOD* method) {
  TlsContext context{SSL_CTX_new(method), &SSL_CTX_free};
  if (!context) fail("OpenSSL", "no context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Partial writes from moving buffers are how the relay works; released buffers keep an idle stream small.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return context;
}

int choose_http1(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned int in_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kOurs, sizeof kOurs - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

TlsContext server_tls(const std::string& certificate_file, const std::string& key_file) {
  TlsContext context = make(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) fail(certificate_file, "no usable certificate");
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) fail(key_file, "no usable private key");
  if (SSL_CTX_check_private_key(context.get()) != 1) fail(key_file, "the key does not belong to the certificate");
  SSL_CTX_set_alpn_select_cb(context.get(), choose_http1, nullptr);
  static constexpr unsigned char kSessions[] = "lectr";
  SSL_CTX_set_session_id_context(context.get(), kSessions, sizeof kSessions - 1);
  return context;
}

TlsContext client_tls(const std::string& ca_file) {
  TlsContext context = make(TLS_client_method());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const int trusted =
      ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get()) : SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr);
  if (trusted != 1) fail(ca_file.empty() ? "system trust store" : ca_file, "no usable CA certificates");
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  static constexpr unsigned char kHttp1[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context.get(), kHttp1, sizeof kHttp1 - 1);
  return context;
}

}  // namespace lectr::net
