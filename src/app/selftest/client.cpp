#include "app/selftest/client.hpp"

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <string_view>

#include "lectr/net/framing.hpp"
#include "lectr/net/head.hpp"

namespace lectr::app::selftest {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kPatienceSeconds = 20;

void be_patient(tcp::socket& socket) {
  const timeval patience{kPatienceSeconds, 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

// True: there is more to read. Heads that are no HTTP end the reading, too.
bool take(Answer& answer, std::string& bytes, net::ResponseHead& head, net::BodyScan& scan) {
  std::size_t from = 0;
  if (answer.head.empty()) {
    const auto parsed = net::parse_response(bytes, {}, false, head);
    if (!parsed) return answer.problem = "the answer's head is malformed", false;
    if (*parsed == net::Parsed::need_more) return true;
    answer.head = bytes.substr(0, head.size);
    answer.status = head.status;
    scan.start(head.framing, head.length);
    from = head.size;
  }
  answer.body.append(bytes, from, scan.feed(std::string_view{bytes}.substr(from), nullptr));
  bytes.clear();
  answer.whole = scan.state() == net::BodyScan::State::done;
  return scan.state() == net::BodyScan::State::more;
}

template <class Stream>
void exchange(Stream& stream, const std::string& request, Answer& answer) {
  error_code failed;
  asio::write(stream, asio::buffer(request), failed);  // a peer that answers early may take no more: its answer says why
  std::string bytes, buffer(65536, '\0');
  net::ResponseHead head;
  net::BodyScan scan;
  do {
    const std::size_t n = stream.read_some(asio::buffer(buffer), failed);
    bytes.append(buffer, 0, n);
    if (!failed) continue;
    answer.whole = !answer.head.empty() && scan.whole_at_eof();
    if (answer.head.empty()) answer.problem = "no answer: " + failed.message();
    return;
  } while (take(answer, bytes, head, scan));
}

}  // namespace

std::string Address::text() const {
  return (tls ? "https://" : "http://") + (host.find(':') == host.npos ? host : '[' + host + ']') + ':' + std::to_string(port);
}

Answer ask(const Address& to, const std::string& request) {
  Answer answer;
  asio::io_context io;
  tcp::socket socket{io};
  error_code failed;
  const auto found = tcp::resolver{io}.resolve(to.host, std::to_string(to.port), failed);
  if (!failed) asio::connect(socket, found, failed);
  if (failed) return answer.problem = "no connection to " + to.text() + ": " + failed.message(), answer;
  be_patient(socket);
  if (!to.tls) return exchange(socket, request, answer), answer;
  asio::ssl::context context{asio::ssl::context::tls_client};
  context.set_default_verify_paths(failed);
  asio::ssl::stream<tcp::socket&> stream{socket, context};
  ::SSL_set_tlsext_host_name(stream.native_handle(), to.host.c_str());
  if (to.verify) {
    stream.set_verify_mode(asio::ssl::verify_peer, failed);
    stream.set_verify_callback(asio::ssl::host_name_verification{to.host}, failed);
  }
  stream.handshake(asio::ssl::stream_base::client, failed);
  if (failed) return answer.problem = "no TLS with " + to.text() + ": " + failed.message(), answer;
  exchange(stream, request, answer);
  return answer;
}

}  // namespace lectr::app::selftest
