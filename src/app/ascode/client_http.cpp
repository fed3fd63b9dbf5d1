#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "app/ascode/client.hpp"

namespace lectr::app::ascode {
namespace {

constexpr long kTimeoutS = 60, kConnectS = 10;
constexpr std::size_t kMostAnswer = 32u << 20;

struct FreeEasy {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

std::size_t take(char* data, std::size_t, std::size_t size, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (body.size() + size > kMostAnswer) return 0;
  body.append(data, size);
  return size;
}

std::string trouble_of(CURLcode code, const std::string& url) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return "nobody listens at " + url + ". Is the gateway running? The address is that of the dashboard (admin.listen), not of the proxy";
    case CURLE_COULDNT_RESOLVE_HOST: return "the host of " + url + " is not known";
    case CURLE_OPERATION_TIMEDOUT: return url + " did not answer in time";
    case CURLE_PEER_FAILED_VERIFICATION:
      return "the certificate of " + url + " is not trusted: give the file of the authority that signed it with --ca-file";
    case CURLE_SSL_CACERT_BADFILE: return "the file of --ca-file can't be read as certificates";
    case CURLE_SSL_CONNECT_ERROR: return url + " does not speak TLS: http:// instead of https://?";
    case CURLE_WRITE_ERROR: return "the answer of " + url + " is longer than 32 MiB";
    default: return url + ": " + curl_easy_strerror(code);
  }
}

class HttpClient final : public Client {
 public:
  explicit HttpClient(HttpSettings settings) : settings_{std::move(settings)} {}

  Answer ask(std::string_view method, const std::string& path, const nlohmann::ordered_json& body) override {
    const std::unique_ptr<CURL, FreeEasy> handle{curl_easy_init()};
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle.get(), option, value); };
    const std::string url = settings_.url + "/api/v1" + path, verb{method}, sent = body.is_null() ? std::string{} : body.dump();
    std::string received;
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_CUSTOMREQUEST, verb.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);  // the token goes to the host that was named, and to no other
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT, kTimeoutS);
    set(CURLOPT_CONNECTTIMEOUT, kConnectS);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_USERAGENT, "lectr");
    set(CURLOPT_WRITEFUNCTION, &take);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&received));
    if (!settings_.ca_file.empty()) {  // beside the system's, which are a folder too
      set(CURLOPT_CAINFO, settings_.ca_file.c_str());
      set(CURLOPT_CAPATH, "/etc/ssl/certs");
    }
    std::unique_ptr<curl_slist, FreeList> headers;
    const auto header = [&](const std::string& line) { headers.reset(curl_slist_append(headers.release(), line.c_str())); };
    header("Authorization: Bearer " + settings_.token);
    header("Accept: application/json");
    header("Expect:");
    if (!body.is_null()) {
      header("Content-Type: application/json");
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(sent.size()));
      set(CURLOPT_POSTFIELDS, sent.c_str());
    }
    set(CURLOPT_HTTPHEADER, headers.get());
    const CURLcode code = curl_easy_perform(handle.get());
    Answer answer;
    if (code != CURLE_OK) {
      answer.trouble = trouble_of(code, settings_.url);
      return answer;
    }
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<unsigned>(status);
    answer.body = nlohmann::ordered_json::parse(received, nullptr, false);
    if (answer.body.is_discarded()) answer.body = nullptr;
    if (answer.good() && !answer.body.is_object() && status != 204) {
      answer.status = 0;
      answer.trouble = settings_.url + " answers, but not as Lectr's API does: is it the address of the dashboard?";
    }
    return answer;
  }

  std::string target() override {
    const Answer me = ask("GET", "/me", nullptr);
    return me.good() && me.body.contains("org") ? settings_.url + '\n' + me.body["org"].dump() : std::string{};
  }
  std::string org_name() override {
    const Answer me = ask("GET", "/me", nullptr);
    const auto name = me.good() ? me.body.value(nlohmann::ordered_json::json_pointer{"/org/name"}, nlohmann::ordered_json{}) : nullptr;
    return name.is_string() ? name.get<std::string>() : std::string{};
  }
  std::string shown() const override { return settings_.url; }

 private:
  const HttpSettings settings_;
};

}  // namespace

std::unique_ptr<Client> http_client(HttpSettings settings, std::string& trouble) {
  while (settings.url.ends_with('/')) settings.url.pop_back();
  if (settings.url.ends_with("/api/v1")) settings.url.resize(settings.url.size() - 7);
  const bool good =
      (settings.url.starts_with("http://") || settings.url.starts_with("https://")) && settings.url.find_first_of("@ ?#") == std::string::npos;
  if (!good) {
    trouble = "LECTR_URL must be like https://lectr.example.com, without user, query or fragment";
    return nullptr;
  }
  if (settings.token.empty() || settings.token.find_first_of("\r\n \t") != std::string::npos) {
    trouble = "an API token is needed beside the URL: in LECTR_TOKEN, or in a file that --token-file names (lectr token create NAME --role editor)";
    return nullptr;
  }
  return std::make_unique<HttpClient>(std::move(settings));
}

std::string advice(const Answer& answer) {
  if (answer.status == 0) return answer.trouble;
  std::string said, code;
  if (answer.body.is_object() && answer.body.contains("error") && answer.body["error"].is_object()) {
    said = answer.body["error"].value("message", "");
    code = answer.body["error"].value("code", "");
  }
  switch (answer.status) {
    case 401:
      return "the token is not taken: it is wrong, revoked or expired, or the address is not the dashboard's. "
             "lectr token create NAME --role editor makes one";
    case 403: return "the token may not do this: " + (said.empty() ? std::string{"its role is too low"} : said);
    case 404: return code == "needs_gateway" ? said : "there is no Lectr API there, or an older one: is it the address of the dashboard?";
    case 413: return "the document is longer than the gateway takes (1 MiB)";
    case 429: return "too many requests: try again later";
    case 503: return "the gateway can't reach its store now: try again" + (said.empty() ? std::string{} : " (" + said + ')');
    default: return (said.empty() ? "the answer was " + std::to_string(answer.status) : said);
  }
}

}  // namespace lectr::app::ascode
