#include "telemetry/otlp_post.hpp"

#include <curl/curl.h>
#include <zlib.h>

#include <algorithm>

namespace lectr::telemetry {
namespace {

constexpr long kTimeoutMs = 10'000, kConnectMs = 5'000;
constexpr std::size_t kMostAnswer = 64 * 1024;

struct FreeEasy {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;
void append(List& list, const std::string& line) { list.reset(curl_slist_append(list.release(), line.c_str())); }

std::size_t take_answer(char* bytes, std::size_t, std::size_t count, void* into) {
  auto& body = *static_cast<std::string*>(into);
  body.append(bytes, std::min(count, kMostAnswer - std::min(kMostAnswer, body.size())));
  return count;
}
int look_up(void* ending, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return (*static_cast<const std::function<bool()>*>(ending))() ? 1 : 0; }

// Empty: the library could not.
std::string gzipped(const std::string& text) {
  z_stream z{};
  constexpr int kGzip = 15 + 16;
  if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&z, static_cast<uLong>(text.size())), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&z, Z_FINISH) == Z_STREAM_END;
  out.resize(done ? z.total_out : 0);
  deflateEnd(&z);
  return out;
}

}  // namespace

struct Poster::Impl {
  std::unique_ptr<CURL, FreeEasy> handle{curl_easy_init()};
  std::string ca_file;
  bool gzip = false;

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle.get(), option, value);
  }
};

Poster::Poster(std::string ca_file, bool gzip) : impl_{std::make_unique<Impl>()} {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)once;
  impl_->ca_file = std::move(ca_file);
  impl_->gzip = gzip;
}
Poster::~Poster() = default;

PostAnswer Poster::post(const std::string& url, const std::vector<std::pair<std::string, std::string>>& headers, const std::string& json,
                        const std::function<bool()>& ending) {
  Impl& p = *impl_;
  PostAnswer answer;
  const std::string packed = p.gzip ? gzipped(json) : std::string{};
  const std::string& body = packed.empty() ? json : packed;
  List lines;
  append(lines, "Content-Type: application/json");
  append(lines, "Expect:");
  if (!packed.empty()) append(lines, "Content-Encoding: gzip");
  for (const auto& [name, value] : headers) append(lines, name + ": " + value);
  curl_easy_reset(p.handle.get());  // the connection stays
  p.set(CURLOPT_URL, url.c_str());
  p.set(CURLOPT_PROTOCOLS_STR, "http,https");
  p.set(CURLOPT_FOLLOWLOCATION, 0L);
  p.set(CURLOPT_NOSIGNAL, 1L);
  p.set(CURLOPT_TIMEOUT_MS, kTimeoutMs);
  p.set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  p.set(CURLOPT_PROXY, "");
  p.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  p.set(CURLOPT_USERAGENT, "lectr");
  if (!p.ca_file.empty()) {  // beside the system's, which are a folder too
    p.set(CURLOPT_CAINFO, p.ca_file.c_str());
    p.set(CURLOPT_CAPATH, "/etc/ssl/certs");
  }
  p.set(CURLOPT_HTTPHEADER, lines.get());
  p.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  p.set(CURLOPT_POSTFIELDS, body.c_str());
  p.set(CURLOPT_WRITEFUNCTION, &take_answer);
  p.set(CURLOPT_WRITEDATA, &answer.body);
  p.set(CURLOPT_NOPROGRESS, 0L);
  p.set(CURLOPT_XFERINFOFUNCTION, &look_up);
  p.set(CURLOPT_XFERINFODATA, const_cast<std::function<bool()>*>(&ending));
  if (curl_easy_perform(p.handle.get()) != CURLE_OK) return {};
  long status = 0;
  curl_off_t wait = 0;
  curl_easy_getinfo(p.handle.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(p.handle.get(), CURLINFO_RETRY_AFTER, &wait);
  answer.status = static_cast<int>(status);
  answer.retry_after = std::chrono::seconds{std::max<curl_off_t>(wait, 0)};
  return answer;
}

}  // namespace lectr::telemetry
