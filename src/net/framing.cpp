#include "lectr/net/framing.hpp"

#include <algorithm>

#include "lectr/base/text.hpp"
#include "net/grammar.hpp"

namespace lectr::net {
namespace {

constexpr std::uint32_t kMaxExtension = 1024;  // of one chunk: nobody needs them, floods of them were attacks (CVE-2023-39326)
constexpr std::uint32_t kMaxTrailers = 16 * 1024;

int hex(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = ascii_lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

constexpr bool is_text_char(char c) noexcept { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F); }

}  // namespace

std::size_t ChunkScan::feed(std::string_view bytes, std::vector<std::string_view>* payload) noexcept {
  std::size_t i = 0;
  while (i < bytes.size() && state_ == State::more) {
    if (at_ == At::data) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - i));
      if (payload) payload->push_back(bytes.substr(i, n));
      i += n;
      left_ -= n;
      if (left_ == 0) at_ = At::data_cr;
      continue;
    }
    if (!step(bytes[i])) {
      state_ = State::bad;
      return i;
    }
    ++i;
  }
  return i;
}

bool ChunkScan::trailer_allowed() const noexcept {
  const std::string_view name{name_, name_size_};
  for (const std::string_view forbidden :
       {"content-length", "transfer-encoding", "host", "authorization", "connection", "trailer", "te", "content-encoding", "content-type"})
    if (iequals(name, forbidden)) return false;
  return !istarts_with(name, "x-lectr-");
}

bool ChunkScan::step(char c) noexcept {
  switch (at_) {
    case At::size: {
      if (const int digit = hex(c); digit >= 0) {
        if (++digits_ > 15) return false;  // 60 bits; more is an overflow attempt, leading zeros included
        left_ = left_ << 4 | static_cast<unsigned>(digit);
        return true;
      }
      if (digits_ == 0) return false;
      line_bytes_ = 0;
      at_ = c == ';' ? At::extension : At::size_lf;
      return c == ';' || c == '\r';
    }
    case At::extension:
      if (c == '\r')
        at_ = At::size_lf;
      else if (!is_text_char(c) || ++line_bytes_ > kMaxExtension)
        return false;
      return true;
    case At::size_lf:
      if (c != '\n') return false;
      digits_ = 0;
      line_bytes_ = 0;
      announced_ += left_;
      at_ = left_ == 0 ? At::trailer_start : At::data;
      return true;
    case At::data: return false;  // handled by feed
    case At::data_cr: at_ = At::data_lf; return c == '\r';
    case At::data_lf: at_ = At::size; return c == '\n';
    case At::trailer_start:
      name_size_ = 0;
      if (c == '\r') {
        at_ = At::end_lf;
        return true;
      }
      at_ = At::trailer_name;
      [[fallthrough]];
    case At::trailer_name:
      if (++line_bytes_ > kMaxTrailers) return false;
      if (c == ':') {
        at_ = At::trailer_value;
        return name_size_ > 0 && trailer_allowed();
      }
      if (!is_token_char(c)) return false;
      if (name_size_ < sizeof name_) name_[name_size_++] = c;
      return true;
    case At::trailer_value:
      if (++line_bytes_ > kMaxTrailers) return false;
      if (c == '\r')
        at_ = At::trailer_lf;
      else if (!is_text_char(c))
        return false;
      return true;
    case At::trailer_lf: at_ = At::trailer_start; return c == '\n';
    case At::end_lf: state_ = State::done; return c == '\n';
  }
  return false;
}

void BodyScan::start(Framing framing, std::uint64_t length) noexcept {
  framing_ = framing;
  left_ = framing == Framing::length ? length : 0;
  chunks_ = {};
  state_ = framing == Framing::none || (framing == Framing::length && length == 0) ? State::done : State::more;
}

std::size_t BodyScan::feed(std::string_view bytes, std::vector<std::string_view>* payload) noexcept {
  if (state_ != State::more || bytes.empty()) return 0;
  switch (framing_) {
    case Framing::none: return 0;
    case Framing::until_close:
      if (payload) payload->push_back(bytes);
      return bytes.size();
    case Framing::length: {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      if (payload) payload->push_back(bytes.substr(0, n));
      left_ -= n;
      if (left_ == 0) state_ = State::done;
      return n;
    }
    case Framing::chunked: {
      const std::size_t n = chunks_.feed(bytes, payload);
      if (chunks_.state() == ChunkScan::State::done) state_ = State::done;
      if (chunks_.state() == ChunkScan::State::bad) state_ = State::bad;
      return n;
    }
  }
  return 0;
}

}  // namespace lectr::net
