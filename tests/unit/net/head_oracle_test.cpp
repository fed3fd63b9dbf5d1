// The head parser against Beast's on mutated heads: nothing that we accept may be read in two ways.
#include <gtest/gtest.h>

#include <random>

#include "lectr/net/head.hpp"
#include "support/beast_head.hpp"

namespace lectr::net {
namespace {

constexpr int kRounds = 60'000;

const std::vector<std::string>& request_seeds() {
  static const std::vector<std::string> seeds{
      "POST /v1/chat/completions HTTP/1.1\r\nHost: a.example:80\r\nContent-Length: 12\r\nX-Lectr-Key: lc_key_x\r\nContent-Type: "
      "application/json\r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "PUT http://h/p?q=1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive, x\r\nX-Empty:\r\n\r\n",
      "GET /v1/realtime HTTP/1.1\r\nHost: [::1]\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Tab:\t a\tb \t\r\n\r\n",
      "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nX-\xC3\xA4: no\r\n\r\n"};
  return seeds;
}
const std::vector<std::string>& response_seeds() {
  static const std::vector<std::string> seeds{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: application/json\r\nx-request-id: req_1\r\n\r\n",
                                              "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                                              "HTTP/1.0 204 \r\n\r\n",
                                              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"};
  return seeds;
}

class Mutator {
 public:
  explicit Mutator(unsigned seed) : dice_{seed} {}
  std::string mutate(const std::vector<std::string>& seeds) {
    std::string text = pick(seeds);
    for (std::size_t n = dice_() % 4 + 1; n > 0; --n) change(text, seeds);
    return text;
  }

 private:
  const std::string& pick(const std::vector<std::string>& from) { return from[dice_() % from.size()]; }
  void change(std::string& text, const std::vector<std::string>& seeds) {
    static const std::vector<std::string> bits{"\r\n",
                                               "\n",
                                               "\r",
                                               " ",
                                               "\t",
                                               ":",
                                               std::string(1, '\0'),
                                               "\x7F",
                                               "\x01",
                                               "\xFF",
                                               "Content-Length: 7\r\n",
                                               "Transfer-Encoding: chunked\r\n",
                                               "Transfer-Encoding : chunked\r\n",
                                               " folded\r\n",
                                               "HTTP/1.1",
                                               "HTTP/2.0",
                                               "\r\n\r\n",
                                               "Host: b\r\n",
                                               ",",
                                               "chunked",
                                               "\x0B",
                                               "X: y\r\n"};
    const std::size_t at = text.empty() ? 0 : dice_() % (text.size() + 1);
    switch (dice_() % 5) {
      case 0: text.insert(at, pick(bits)); break;
      case 1: text.erase(at, dice_() % 6 + 1); break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(dice_());
        break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ 0x20);
        break;
      default: text.insert(at, pick(seeds).substr(0, dice_() % 40)); break;
    }
  }
  std::mt19937 dice_;
};

template <class HeadType, class Parse>
void compare(const std::vector<std::string>& seeds, Parse parse) {
  Mutator mutator{20'261'125};
  int accepted = 0;
  for (int i = 0; i < kRounds; ++i) {
    const std::string bytes = mutator.mutate(seeds);
    HeadType head;
    const auto parsed = parse(bytes, head);
    if (!parsed || *parsed != Parsed::done) continue;
    ++accepted;
    ASSERT_EQ(oracle::disagreement(bytes, head), "") << testing::PrintToString(bytes);
  }
  EXPECT_GT(accepted, kRounds / 50);  // else nothing was compared
}

TEST(HeadOracle, RequestsReadAsBeastReadsThem) {
  compare<RequestHead>(request_seeds(), [](const std::string& bytes, RequestHead& head) { return parse_request(bytes, {}, head); });
}
TEST(HeadOracle, ResponsesReadAsBeastReadsThem) {
  compare<ResponseHead>(response_seeds(), [](const std::string& bytes, ResponseHead& head) { return parse_response(bytes, {}, false, head); });
}

// A head that is used again holds nothing of the one before.
TEST(HeadOracle, UsedAgain) {
  RequestHead head;
  ASSERT_TRUE(parse_request(request_seeds()[3], {}, head).has_value());
  ASSERT_TRUE(parse_request(request_seeds()[1], {}, head).has_value());
  EXPECT_TRUE(head.fields.empty());
  EXPECT_FALSE(head.upgrade_websocket);
  EXPECT_EQ(head.version, 10);
}

}  // namespace
}  // namespace lectr::net
