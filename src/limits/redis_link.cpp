#include "limits/redis_link.hpp"

#include <hiredis/async.h>
#include <openssl/evp.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstring>

#include "lectr/telemetry/log.hpp"

namespace lectr::limits {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// hiredis says when it wants to read or write, Asio says when it can. The handlers keep it alive, and see by `context` that the connection is gone.
class RedisLink::Wire : public std::enable_shared_from_this<Wire> {
 public:
  Wire(RedisLink& link, asio::io_context& io) : owner{&link}, socket_{io} {}

  void adopt(redisAsyncContext* made) {
    context = made;
    socket_.assign(made->c.fd);
    made->data = this;
    made->ev.data = this;
    made->ev.addRead = [](void* self) { static_cast<Wire*>(self)->want(asio::posix::stream_descriptor::wait_read); };
    made->ev.addWrite = [](void* self) { static_cast<Wire*>(self)->want(asio::posix::stream_descriptor::wait_write); };
    made->ev.delRead = [](void* self) { static_cast<Wire*>(self)->reads_ = false; };
    made->ev.delWrite = [](void* self) { static_cast<Wire*>(self)->writes_ = false; };
    made->ev.cleanup = [](void* self) { static_cast<Wire*>(self)->let_go(); };
  }

  RedisLink* owner;  // null: it has let go of this connection
  redisAsyncContext* context = nullptr;

 private:
  void want(asio::posix::stream_descriptor::wait_type what) {
    const bool reading = what == asio::posix::stream_descriptor::wait_read;
    (reading ? reads_ : writes_) = true;
    bool& waiting = reading ? read_waits_ : write_waits_;
    if (std::exchange(waiting, true)) return;
    socket_.async_wait(what, [self = shared_from_this(), what, reading](const boost::system::error_code& error) {
      (reading ? self->read_waits_ : self->write_waits_) = false;
      if (error || !self->context || !(reading ? self->reads_ : self->writes_)) return;
      reading ? redisAsyncHandleRead(self->context) : redisAsyncHandleWrite(self->context);
      if (self->context && reading && self->reads_) self->want(what);
      if (self->context && !reading && self->writes_) self->want(what);
    });
  }
  // hiredis closes the descriptor itself.
  void let_go() {
    context = nullptr;
    reads_ = writes_ = false;
    if (socket_.is_open()) socket_.release();
  }

  asio::posix::stream_descriptor socket_;
  bool reads_ = false, writes_ = false, read_waits_ = false, write_waits_ = false;
};

struct RedisLink::Sent {
  std::shared_ptr<Wire> wire;
  Answered answered;

  static void done(redisAsyncContext*, void* raw, void* data) {
    const std::unique_ptr<Sent> sent{static_cast<Sent*>(data)};
    RedisLink* owner = raw ? sent->wire->owner : nullptr;
    if (owner && !owner->under_way_.empty()) owner->under_way_.pop_front();
    sent->answered(owner ? static_cast<const redisReply*>(raw) : nullptr);
  }
};

RedisLink::RedisLink(asio::io_context& io, RedisAddress address, Timing timing, Changed changed)
    : io_{io}, address_{std::move(address)}, timing_{timing}, changed_{std::move(changed)}, retry_{io}, watch_{io} {}

RedisLink::~RedisLink() { stop(); }

void RedisLink::start() {
  stopped_ = false;
  watch();
  connect();
}

void RedisLink::stop() {
  if (std::exchange(stopped_, true)) return;
  retry_.cancel();
  watch_.cancel();
  close();
}

void RedisLink::connect() {
  redisAsyncContext* made =
      address_.path.empty() ? redisAsyncConnect(address_.host.c_str(), address_.port) : redisAsyncConnectUnix(address_.path.c_str());
  if (!made || made->err) {
    if (made) redisAsyncFree(made);
    return retry_later();
  }
  wire_ = std::make_shared<Wire>(*this, io_);
  wire_->adopt(made);
  connecting_since_ = Clock::now();
  redisAsyncSetDisconnectCallback(made, [](const redisAsyncContext* context, int) {
    if (RedisLink* owner = static_cast<Wire*>(context->data)->owner) owner->lost();
  });
  redisAsyncSetConnectCallback(made, [](const redisAsyncContext* context, int status) {
    RedisLink* owner = static_cast<Wire*>(context->data)->owner;
    if (owner && status != REDIS_OK) owner->lost();
  });
  greet();
}

// A server that is still loading, wants another password or is none is as good as none.
void RedisLink::greet() {
  const auto refused = [this](const redisReply* reply) {
    if (!reply || reply->type != REDIS_REPLY_ERROR) return false;
    const bool loading = std::strncmp(reply->str, "LOADING", 7) == 0;
    if (!loading && !std::exchange(told_refused_, true)) log::warn(std::string{"Redis refuses this instance: "} + redis_refusal(reply->str));
    close();
    return true;
  };
  const auto check = [refused](const redisReply* reply) { refused(reply); };
  if (!address_.password.empty()) command({"AUTH", std::string{address_.password.reveal()}}, check);
  if (address_.db != 0) command({"SELECT", std::to_string(address_.db)}, check);
  command({"PING"}, [this, refused](const redisReply* reply) {
    if (!reply || refused(reply)) return;
    up_ = true;
    told_refused_ = false;
    changed_(true);
  });
}

void RedisLink::close() {
  const auto wire = wire_;
  if (!wire) return;
  lost();
  if (wire->context) redisAsyncFree(wire->context);  // answers what is under way
}

void RedisLink::lost() {
  if (!wire_) return;
  wire_->owner = nullptr;
  wire_.reset();
  under_way_.clear();
  if (std::exchange(up_, false)) changed_(false);
  if (!stopped_) retry_later();
}

// At random, so that those who lost it together do not come back together.
void RedisLink::retry_later() {
  std::uniform_int_distribution<std::int64_t> wait{timing_.retry_least.count(), timing_.retry_most.count()};
  retry_.expires_after(std::chrono::milliseconds{wait(dice_)});
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_ && !wire_) connect();
  });
}

void RedisLink::watch() {
  watch_.expires_after(timing_.dead / 10);
  watch_.async_wait([this](const boost::system::error_code& error) {
    if (error || stopped_) return;
    const auto now = Clock::now();
    if (wire_ && !up_ && now - connecting_since_ > timing_.dead) close();
    if (!under_way_.empty() && now - under_way_.front() > timing_.dead) close();
    watch();
  });
}

void RedisLink::command(std::vector<std::string> words, Answered answered) {
  if (!wire_ || !wire_->context) return answered(nullptr);
  std::vector<const char*> parts;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    parts.push_back(word.data());
    sizes.push_back(word.size());
  }
  auto sent = std::make_unique<Sent>(Sent{wire_, std::move(answered)});
  under_way_.push_back(Clock::now());
  if (redisAsyncCommandArgv(wire_->context, &Sent::done, sent.get(), static_cast<int>(parts.size()), parts.data(), sizes.data()) == REDIS_OK)
    return static_cast<void>(sent.release());
  under_way_.pop_back();
  sent->answered(nullptr);
}

void RedisLink::script(std::string_view text, const std::string& digest, std::vector<std::string> arguments, Answered answered) {
  auto words = std::make_shared<std::vector<std::string>>(std::move(arguments));
  words->insert(words->begin(), {"EVALSHA", digest});
  std::vector<std::string> first = *words;
  command(std::move(first), [this, text, words, answered = std::move(answered)](const redisReply* reply) mutable {
    if (!reply || reply->type != REDIS_REPLY_ERROR || std::strncmp(reply->str, "NOSCRIPT", 8) != 0) return answered(reply);
    (*words)[0] = "EVAL";
    (*words)[1] = text;
    command(std::move(*words), std::move(answered));
  });
}

std::string script_digest(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out.push_back("0123456789abcdef"[digest[i] >> 4]);
    out.push_back("0123456789abcdef"[digest[i] & 15]);
  }
  return out;
}

}  // namespace lectr::limits
