// A notice as each kind of receiver wants it. Names come from clients and may hold anything: none of it becomes a header, a mention or a tag. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/alerts/notice.hpp"

namespace lectr::app::alerts {

std::string webhook_body(const Notice& notice);
// Value of Lectr-Signature: "t=<unix seconds>,v1=<hex HMAC-SHA256 of "<unix seconds>.<body>">".
std::string signature_of(std::string_view secret, std::string_view body, std::int64_t unix_s);

// {"text": …} for Slack's incoming webhooks and what takes their form.
std::string slack_body(const Notice& notice);

struct MailAddresses {
  std::string from;
  std::vector<std::string> to;  // checked addresses
};
// A whole message (RFC 5322, CRLF). The Message-ID follows from the notice's id, so that a message sent twice can be told.
std::string mail_of(const Notice& notice, const MailAddresses& addresses);

// RFC 2047; plain where it is plain ASCII. Folded, so that no line is longer than 78.
std::string header_text(std::string_view text);
std::string quoted_printable(std::string_view text);

}  // namespace lectr::app::alerts
