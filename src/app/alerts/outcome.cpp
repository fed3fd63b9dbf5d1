#include "app/alerts/outcome.hpp"

#include <curl/curl.h>

namespace lectr::app::alerts {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kPauses[kMostAttempts - 1] = {10 * kSecond, 60 * kSecond, 300 * kSecond, 1800 * kSecond, 7200 * kSecond};

}  // namespace

Outcome of_http(int status) {
  const std::string words = "it answered " + std::to_string(status);
  if (status >= 200 && status < 300) return {Outcome::Kind::sent, status, words};
  if (status >= 300 && status < 400) return {Outcome::Kind::never, status, words + ", a redirect, which is not followed"};
  const bool again = status >= 500 || status == 408 || status == 425 || status == 429 || status < 200;
  return {again ? Outcome::Kind::again : Outcome::Kind::never, status, words};
}

Outcome of_smtp(int status, int refused) {
  if (status >= 200 && status < 400)
    return {Outcome::Kind::sent, status,
            refused == 0 ? "the mail server took it" : "the mail server took it, but refused " + std::to_string(refused) + " of the addresses"};
  const std::string answer = " (" + std::to_string(status) + ")";
  if (status >= 500) return {Outcome::Kind::never, status, "the mail server refused it" + answer};
  return {Outcome::Kind::again, status, "the mail server can't take it now" + answer};
}

Outcome of_failure(int curl, bool mail) {
  switch (curl) {
    case CURLE_COULDNT_RESOLVE_HOST: return again("its name could not be resolved");
    case CURLE_COULDNT_CONNECT: return again("the connection was refused, or nobody is there");
    case CURLE_OPERATION_TIMEDOUT: return again("it did not answer within 10 s");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return again("its certificate is not trusted");
    case CURLE_SSL_CONNECT_ERROR: return again("the TLS handshake failed");
    case CURLE_USE_SSL_FAILED: return never("the mail server offers no STARTTLS, which is demanded");
    case CURLE_LOGIN_DENIED: return never("the mail server refused the login");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return never("its URL can't be used");
    case CURLE_GOT_NOTHING: return again("it closed the connection without an answer");
    default: return again(mail ? "the conversation with the mail server broke off" : "the connection broke off");
  }
}

store::Attempted settled(const Outcome& outcome, int attempts, std::int64_t now_us) {
  store::Attempted out{.at_us = now_us, .status = outcome.status, .result = outcome.words};
  if (outcome.kind == Outcome::Kind::sent) {
    out.state = store::DeliveryState::sent;
  } else if (outcome.kind == Outcome::Kind::never || attempts >= kMostAttempts) {
    out.state = store::DeliveryState::dead;
  } else {
    out.next_at_us = now_us + kPauses[attempts < 1 ? 0 : attempts - 1];
  }
  return out;
}

}  // namespace lectr::app::alerts
