#include "api/endpoints.hpp"
#include "api/live.hpp"

namespace lectr::api {

Reply get_live(const Call& call) {
  auto stream = call.context.live ? call.context.live->subscribe(call.caller.org) : nullptr;
  if (!stream) return Reply::problem(Problem{503, "overloaded", "64 live streams are open", {}, 10});
  // A copy of the request: the one under way ends with this function. Only a credential that is over ends the stream, not a store that is away.
  stream->still_allowed = [&context = call.context, request = call.request, org = call.caller.org] {
    const auto caller = authenticate(context, request);
    return caller ? caller->org == org : caller.error().status != 401;
  };
  Reply reply{.status = 200, .body = {}, .content_type = "text/event-stream", .headers = {}, .chunks = {}, .live = std::move(stream)};
  reply.headers.emplace_back("X-Accel-Buffering", "no");  // nginx in front would hold events back
  return reply;
}

}  // namespace lectr::api
