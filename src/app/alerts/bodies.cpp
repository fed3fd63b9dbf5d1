#include "app/alerts/bodies.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <nlohmann/json.hpp>

#include "app/alerts/units.hpp"
#include "lectr/base/time_text.hpp"

namespace lectr::app::alerts {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }
Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

// Slack's own three, and a mark behind each @: receivers that take Slack's form (Mattermost) see mentions in plain text.
std::string for_slack(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '@': out += "@\u200B"; break;
      default: out += c;
    }
  return out;
}

}  // namespace

std::string webhook_body(const Notice& notice) {
  Json out{{"id", notice.id},       {"type", notice.type}, {"org", notice.org},   {"at", to_rfc3339(notice.at_us)},
           {"title", notice.title}, {"text", notice.text}, {"name", notice.name}, {"severity", text_or_null(notice.severity)}};
  out["detail"] = Json::parse(notice.detail, nullptr, false);
  if (out["detail"].is_discarded()) out["detail"] = Json::object();
  out["url"] = text_or_null(notice.url);
  return dump(out);
}

std::string signature_of(std::string_view secret, std::string_view body, std::int64_t unix_s) {
  const std::string time = std::to_string(unix_s), signed_text = time + '.' + std::string{body};
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(),
       digest, &length);
  constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) (hex += kHex[digest[i] >> 4]) += kHex[digest[i] & 15];
  return "t=" + time + ",v1=" + hex;
}

std::string slack_body(const Notice& notice) {
  std::string text = for_slack(notice.title) + '\n' + for_slack(notice.text);
  if (!notice.url.empty()) text += "\n<" + for_slack(notice.url) + "|Open in Lectr>";
  return dump({{"text", std::move(text)}});
}

}  // namespace lectr::app::alerts
