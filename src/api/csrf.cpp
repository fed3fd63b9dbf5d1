#include "api/csrf.hpp"

#include "lectr/base/text.hpp"

namespace lectr::api {
namespace {

bool origin_is_ours(const Request& request) noexcept {
  const std::string_view scheme = request.tls ? "https://" : "http://", origin = request.origin;
  return istarts_with(origin, scheme) && !request.host.empty() && iequals(origin.substr(scheme.size()), request.host);
}

}  // namespace

bool same_origin(const Request& request, Proof proof) noexcept {
  if (request.verb == Verb::get) return true;
  // The browser's own word counts most: pages can't forge it. "none" is a person acting on the browser itself.
  if (!request.sec_fetch_site.empty() && request.sec_fetch_site != "same-origin" && request.sec_fetch_site != "none") return false;
  if (request.sec_fetch_site == "same-origin") return true;
  // No CORS answer is ever given, so a foreign page can't send a header of its own naming.
  if (request.csrf == "1") return true;
  // A TLS-ending proxy in front makes the scheme differ; then the page's own X-Lectr-Csrf, above, is what passes.
  if (!request.origin.empty()) return origin_is_ours(request);
  return proof == Proof::unless_foreign;
}

}  // namespace lectr::api
