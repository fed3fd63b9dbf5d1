#include "app/alerts/sender.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "lectr/base/clock.hpp"

namespace lectr::app::alerts {
namespace {

constexpr long kTimeoutMs = 10'000, kConnectMs = 5'000;
constexpr int kTurnMs = 100;
constexpr std::int64_t kGraceUs = 2'000'000;
constexpr std::size_t kMostAnswer = 64 * 1024;

struct FreeEasy {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct FreeMulti {
  void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) { list.reset(curl_slist_append(list.release(), line.c_str())); }

bool is_link_local(const sockaddr& address) {
  std::uint32_t v4 = 0;
  if (address.sa_family == AF_INET) {
    v4 = ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr);
  } else if (address.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&v6)) return true;
    if (!IN6_IS_ADDR_V4MAPPED(&v6)) return false;
    std::memcpy(&v4, v6.s6_addr + 12, sizeof v4);
    v4 = ntohl(v4);
  }
  return v4 >> 16 == 0xA9FE;  // 169.254/16
}

// A transfer under way. It stays where it is: libcurl holds its address.
class Transfer {
 public:
  Transfer(const Letter& letter, const config::Smtp& smtp, const std::string& ca_file, const std::function<Secret(const std::string&)>& resolve)
      : letter_{letter}, mail_{letter.type == config::ChannelType::email}, handle_{curl_easy_init()} {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, kTimeoutMs);
    set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_WRITEFUNCTION, &Transfer::take_answer);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!ca_file.empty()) {  // beside the system's, which are a folder too
      set(CURLOPT_CAINFO, ca_file.c_str());
      set(CURLOPT_CAPATH, "/etc/ssl/certs");
    }
    if (mail_)
      prepare_mail(smtp, resolve);
    else
      prepare_post();
  }
  Transfer(const Transfer&) = delete;

  CURL* handle() const noexcept { return handle_.get(); }
  void end(CURLcode code) {
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    outcome_ = judge(code, static_cast<int>(status));
  }
  Outcome take() { return std::move(outcome_); }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }

  void prepare_post() {
    set(CURLOPT_URL, letter_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(letter_.body.size()));
    set(CURLOPT_POSTFIELDS, letter_.body.c_str());
    set(CURLOPT_USERAGENT, "lectr");
    set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::open_socket);
    set(CURLOPT_OPENSOCKETDATA, this);
    append(headers_, "Content-Type: application/json");
    append(headers_, "Expect:");
    if (!letter_.signature.empty()) append(headers_, "Lectr-Signature: " + letter_.signature);
    set(CURLOPT_HTTPHEADER, headers_.get());
  }

  void prepare_mail(const config::Smtp& smtp, const std::function<Secret(const std::string&)>& resolve) {
    set(CURLOPT_URL, smtp.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    const bool here = smtp.url.find("//127.") != std::string::npos || smtp.url.find("//localhost") != std::string::npos ||
                      smtp.url.find("//[::1]") != std::string::npos;
    const bool demanded = smtp.starttls == config::StartTls::demanded || (smtp.starttls == config::StartTls::automatic && !here);
    if (smtp.url.starts_with("smtp://")) set(CURLOPT_USE_SSL, static_cast<long>(demanded ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (!smtp.user.empty()) {
      set(CURLOPT_USERNAME, smtp.user.c_str());
      set(CURLOPT_PASSWORD, std::string{resolve(smtp.password_reference).reveal()}.c_str());
    }
    from_ = '<' + letter_.addresses.from + '>';
    set(CURLOPT_MAIL_FROM, from_.c_str());
    for (const auto& to : letter_.addresses.to) append(recipients_, '<' + to + '>');
    set(CURLOPT_MAIL_RCPT, recipients_.get());
    set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);  // whoever is left is told
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &Transfer::give_body);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(letter_.body.size()));
    set(CURLOPT_HEADERFUNCTION, &Transfer::take_reply_line);
    set(CURLOPT_HEADERDATA, this);
  }

  Outcome judge(CURLcode code, int status) const {
    if (link_local_) return never("its address is link-local, where no alerts are sent");
    if (!mail_) return status != 0 && (code == CURLE_OK || code == CURLE_WRITE_ERROR) ? of_http(status) : of_failure(code, false);
    if (code == CURLE_OK) return of_smtp(status, refused_);
    // What the server said last, where it is that which ended the conversation.
    const bool refused =
        code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_RECV_ERROR || code == CURLE_REMOTE_ACCESS_DENIED;
    return refused && status >= 400 ? of_smtp(status, 0) : of_failure(code, true);
  }

  // Reads and forgets; more than enough ends the transfer, and the status counts.
  static std::size_t take_answer(char*, std::size_t, std::size_t bytes, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.answered_ += bytes;
    return transfer.answered_ > kMostAnswer ? 0 : bytes;
  }
  static std::size_t give_body(char* out, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::size_t now = std::min(size * count, transfer.letter_.body.size() - transfer.given_);
    std::memcpy(out, transfer.letter_.body.data() + transfer.given_, now);
    transfer.given_ += now;
    return now;
  }
  // Mail servers' answers come line by line; an address that is refused while others are taken shows in them alone.
  static std::size_t take_reply_line(char* line, std::size_t, std::size_t bytes, void* self) {
    const bool refusal = bytes > 3 && (line[0] == '4' || line[0] == '5') && line[3] != '-';
    if (refusal) ++static_cast<Transfer*>(self)->refused_;
    return bytes;
  }
  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    if (is_link_local(address->addr)) {
      static_cast<Transfer*>(self)->link_local_ = true;
      return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }

  const Letter& letter_;
  const bool mail_;
  std::unique_ptr<CURL, FreeEasy> handle_;
  List headers_, recipients_;
  std::string from_;
  std::size_t answered_ = 0, given_ = 0;
  int refused_ = 0;
  bool link_local_ = false;
  Outcome outcome_ = again("it was broken off, as the gateway was stopping");
};

void note_ends(CURLM* multi) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    transfer->end(message->data.result);
  }
}

}  // namespace

Sender::Sender(config::Smtp smtp, std::string ca_file, std::function<Secret(const std::string&)> resolve)
    : smtp_{std::move(smtp)}, ca_file_{std::move(ca_file)}, resolve_{std::move(resolve)} {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)once;
}

std::vector<Outcome> Sender::send(const std::vector<Letter>& letters, const std::function<bool()>& ending) const {
  std::vector<std::unique_ptr<Transfer>> transfers;
  const std::unique_ptr<CURLM, FreeMulti> multi{curl_multi_init()};
  for (const Letter& letter : letters) {
    transfers.push_back(std::make_unique<Transfer>(letter, smtp_, ca_file_, resolve_));
    curl_multi_add_handle(multi.get(), transfers.back()->handle());
  }
  std::int64_t last_us = 0;              // when those under way are broken off; 0: they are not
  for (int running = 1; running > 0;) {  // ends: each transfer has its own deadline
    if (curl_multi_perform(multi.get(), &running) != CURLM_OK) break;
    note_ends(multi.get());
    if (last_us == 0 && ending()) last_us = mono_us() + kGraceUs;
    if (last_us != 0 && mono_us() > last_us) break;
    if (running > 0) curl_multi_poll(multi.get(), nullptr, 0, kTurnMs, nullptr);
  }
  std::vector<Outcome> outcomes;
  for (const auto& transfer : transfers) {
    curl_multi_remove_handle(multi.get(), transfer->handle());
    outcomes.push_back(transfer->take());
  }
  return outcomes;
}

}  // namespace lectr::app::alerts
