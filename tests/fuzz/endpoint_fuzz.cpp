// classify() on any target: views stay inside it, labels are never made of it, and only a POST needs a model.
#include "lectr/wire/endpoint.hpp"

#include "pieces.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string target{lectr::fuzz::text_of(data + 1, size - 1)};
  const bool post = data[0] % 2 == 0;
  const lectr::wire::Endpoint e = lectr::wire::classify(post ? "POST" : "GET", target);
  const auto inside = [&](std::string_view view) {
    return view.data() >= target.data() && view.data() + view.size() <= target.data() + target.size();
  };
  if (!e.path_model.empty() && !inside(e.path_model)) std::abort();
  if (e.label.empty() || inside(e.label)) std::abort();
  if (!post && (e.needs_model || e.api != lectr::wire::Api::other || e.body_model != lectr::wire::BodyModel::none)) std::abort();
  if (e.needs_model && e.body_model == lectr::wire::BodyModel::none) std::abort();
  if (e.label == "other" && e.needs_model) std::abort();
  return 0;
}
