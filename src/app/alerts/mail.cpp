// The message as it is handed to the mail server.
#include <cstdint>
#include <ctime>

#include "app/alerts/bodies.hpp"
#include "app/alerts/units.hpp"
#include "lectr/base/text.hpp"

namespace lectr::app::alerts {
namespace {

constexpr std::size_t kLine = 75, kEncodedBytes = 42;  // 42 bytes are 56 characters of base64: with its frame an encoded word of 68

bool plain(std::string_view text) {
  if (text.empty() || text.size() > 60 || text.find("=?") != text.npos) return text.empty();
  for (const char c : text)
    if (c < 0x20 || c > 0x7E) return false;
  return true;
}

std::string base64(std::string_view bytes) {
  constexpr char kSigns[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k) three = three << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : kSigns[three >> (18 - 6 * k) & 63];
  }
  return out;
}

std::string date_of(std::int64_t unix_us) {
  const std::time_t seconds = unix_us / 1'000'000;
  std::tm time{};
  ::gmtime_r(&seconds, &time);
  char out[64];
  std::strftime(out, sizeof out, "%a, %d %b %Y %H:%M:%S +0000", &time);  // the daemon runs in the C locale
  return out;
}

}  // namespace

std::string header_text(std::string_view text) {
  const std::string line = one_line(text, 400);
  if (plain(line)) return line;
  std::string out;
  for (std::string_view rest = line; !rest.empty();) {
    const auto piece = cut_utf8(rest, kEncodedBytes);
    out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64(piece) + "?=";
    rest.remove_prefix(piece.size());
  }
  return out;
}

// Lines of at most 76; a line's last space is written out, as servers may strip it.
std::string quoted_printable(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out, line;
  const auto end_line = [&](const char* end) {
    out += line + end;
    line.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      end_line("\r\n");
      continue;
    }
    const bool last = i + 1 == text.size() || text[i + 1] == '\n';
    const bool as_is = (c > 0x20 && c < 0x7F && c != '=') || (c == ' ' && !last);
    if (line.size() + (as_is ? 1 : 3) > kLine) end_line("=\r\n");
    if (as_is)
      line += static_cast<char>(c);
    else
      ((line += '=') += kHex[c >> 4]) += kHex[c & 15];
  }
  return out + line;
}

std::string mail_of(const Notice& notice, const MailAddresses& addresses) {
  std::string to;
  for (const auto& address : addresses.to) to += (to.empty() ? "" : ",\r\n ") + address;
  const std::string domain = addresses.from.substr(addresses.from.find('@') + 1);
  std::string text = notice.text + '\n';
  if (!notice.url.empty()) text += '\n' + notice.url + '\n';
  return "From: Lectr <" + addresses.from + ">\r\nTo: " + to + "\r\nSubject: " + header_text("[Lectr] " + notice.title) +
         "\r\nDate: " + date_of(notice.at_us) + "\r\nMessage-ID: <alert." + notice.id + '@' + domain +
         ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
         "Content-Transfer-Encoding: quoted-printable\r\n\r\n" +
         quoted_printable(text);
}

}  // namespace lectr::app::alerts
