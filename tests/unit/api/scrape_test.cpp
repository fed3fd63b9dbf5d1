#include "api/scrape.hpp"

#include <gtest/gtest.h>

namespace lectr::api {
namespace {

struct Case {
  const char *what, *peer;
  bool forwarded;
  const char *token, *authorization;  // token null: none is set
  unsigned status;
};

TEST(Scrape, IsForThisMachineOrWhoeverHasTheToken) {
  const Case cases[] = {
      {"this machine", "127.0.0.1", false, nullptr, "", 200},
      {"this machine, by IPv6", "::1", false, nullptr, "", 200},
      {"this machine, IPv4 on a socket of both", "::ffff:127.0.0.1", false, nullptr, "", 200},
      {"a dashboard's token does no harm", "127.0.0.1", false, nullptr, "Bearer lt_x", 200},
      {"another machine", "10.0.0.9", false, nullptr, "", 403},
      {"an address that only begins alike", "12.7.0.1", false, nullptr, "", 403},
      {"through a proxy on this machine", "127.0.0.1", true, nullptr, "", 403},
      {"no address at all", "", false, nullptr, "", 403},
      {"with the token", "10.0.0.9", false, "right", "Bearer right", 200},
      {"the scheme in any case", "10.0.0.9", true, "right", "bearer right", 200},
      {"with another", "10.0.0.9", false, "right", "Bearer wrong", 401},
      {"without one, though here", "127.0.0.1", false, "right", "", 401},
      {"another scheme", "10.0.0.9", false, "right", "Basic right", 401},
  };
  store::Stores stores;
  for (const Case& c : cases) {
    Context context{stores, {}, {}, "", LoginThrottle{}, [] { return std::int64_t{1}; }};
    context.metrics = [] { return std::string{"lectr_up 1\n"}; };
    if (c.token) context.metrics_token_fits = [&c](std::string_view given) { return given == c.token; };
    Request request;
    request.path = "/metrics", request.peer = c.peer, request.forwarded = c.forwarded, request.authorization = c.authorization;
    const Reply reply = serve_metrics(context, request);
    EXPECT_EQ(reply.status, c.status) << c.what;
    EXPECT_EQ(reply.body == "lectr_up 1\n", c.status == 200) << c.what;
    request.verb = Verb::post;
    EXPECT_EQ(serve_metrics(context, request).status, 405u) << c.what;
  }
}

}  // namespace
}  // namespace lectr::api
