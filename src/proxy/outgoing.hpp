// Heads as we write them. Pure: bytes in, bytes out.
#pragma once

#include <string>
#include <string_view>

#include "exchange.hpp"
#include "lectr/wire/error_body.hpp"

namespace lectr::proxy {

struct OutgoingAuth {
  policy::AuthPlan plan;
  policy::CredentialHeader sent = policy::CredentialHeader::none;  // where the client put its own
  std::string_view credential;                                     // empty: none is sent
  std::string_view org_key;                                        // fields whose value holds it are never forwarded
  // Where a rule changed the request.
  std::string_view target;   // in place of the client's; empty: the client's
  std::int64_t length = -1;  // of the body, in place of the client's framing; -1: the client's
  bool uncoded = false;      // the answer must come without content coding, so that it can be changed
};

// The request head for a provider: the client's lines as they are, without hop-by-hop and X-Lectr-* ones, with the provider's Host and one
// credential (RFC 9110 §7.6.1, §7.2). `expect_answered`: we have said 100 Continue ourselves.
void write_request_head(std::string& out, const Exchange& x, const OutgoingAuth& auth);

// The response head for the client: the provider's lines without hop-by-hop ones. `keep`: the client's connection stays open.
void write_response_head(std::string& out, const Exchange& x, std::string_view bytes, const net::ResponseHead& head, bool keep);

// A whole answer of our own.
void write_refusal(std::string& out, const wire::Refusal& refusal, wire::ErrorShape shape, bool to_head, bool keep, std::string_view extra_lines);

// X-Lectr-Debug answers, as header lines.
void write_debug_lines(std::string& out, const Event& event);

std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace lectr::proxy
