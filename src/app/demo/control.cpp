#include "app/demo/answer.hpp"
#include "app/demo/session.hpp"

namespace lectr::demo {

Reply control_reply(std::string_view name, const MockRequest& request, Recorder& recorder) {
  Reply reply;
  if (name == "stats") {
    reply.body.before = recorder.stats_json();
  } else if (name == "last") {
    reply.body.before = recorder.last_json(request.query("tag"));
  } else if (name == "reset" && request.method == "POST") {
    recorder.reset();
    reply.body.before = "{}";
  } else {
    reply.status = 404;
    reply.body.before = R"({"error":"GET /mock/stats, GET /mock/last?tag=, POST /mock/reset"})";
  }
  return reply;
}

}  // namespace lectr::demo
