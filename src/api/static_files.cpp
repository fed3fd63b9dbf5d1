#include "api/static_files.hpp"

#include <algorithm>
#include <iterator>

#include "api/web_files.hpp"
#include "lectr/base/text.hpp"

namespace lectr::api {
namespace {

// The pages of the single-page app, by address. Listed, so that a path of something else (a scraper's /metrics) gets an honest 404.
constexpr std::string_view kPages[] = {"/",       "/login",  "/overview",  "/requests",        "/costs",   "/routing", "/fallback",
                                       "/limits", "/alerts", "/anomalies", "/recommendations", "/changes", "/settings"};

const WebFile* find(std::string_view path) noexcept {
  if (std::find(std::begin(kPages), std::end(kPages), path) != std::end(kPages)) path = "/index.html";
  for (const WebFile& file : web_files())
    if (file.path == path) return &file;
  return nullptr;
}

// True when `coding` is offered and not switched off by q=0 (RFC 9110 §12.5.3). Wildcards don't count: plain is always right.
bool accepts(std::string_view list, std::string_view coding) noexcept {
  while (!list.empty()) {
    const auto item = list.substr(0, list.find(','));
    list.remove_prefix(item.size() == list.size() ? list.size() : item.size() + 1);
    const auto semicolon = item.find(';');
    if (!iequals(trim(item.substr(0, semicolon)), coding)) continue;
    if (semicolon == item.npos) return true;
    const auto weight = trim(item.substr(semicolon + 1));
    return weight.find_first_of("123456789") != weight.npos || !istarts_with(weight, "q=0");
  }
  return false;
}

bool etag_matches(std::string_view list, std::string_view etag) noexcept {
  return list == "*" || (!etag.empty() && list.find(etag) != list.npos);  // etags are quoted: no tag is part of another
}

}  // namespace

Reply serve_file(std::string_view path, std::string_view accept_encoding, std::string_view if_none_match) {
  const WebFile* file = find(path);
  if (!file) return Reply::problem(Problem{404, "not_found", "there is no such file", {}});
  Reply reply{.status = 200, .body = {}, .content_type = std::string{file->type}, .headers = {}, .chunks = {}, .live = {}};
  reply.headers.emplace_back("ETag", file->etag);
  reply.headers.emplace_back("Cache-Control", file->hashed ? "public, max-age=31536000, immutable" : "no-cache");
  reply.headers.emplace_back("Vary", "Accept-Encoding");
  if (etag_matches(if_none_match, file->etag)) {
    reply.status = 304;
    return reply;
  }
  std::string_view body = file->plain;
  if (!file->brotli.empty() && accepts(accept_encoding, "br")) {
    body = file->brotli;
    reply.headers.emplace_back("Content-Encoding", "br");
  } else if (!file->gzip.empty() && accepts(accept_encoding, "gzip")) {
    body = file->gzip;
    reply.headers.emplace_back("Content-Encoding", "gzip");
  }
  reply.body = body;
  return reply;
}

}  // namespace lectr::api
