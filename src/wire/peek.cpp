#include "lectr/wire/peek.hpp"

#include <algorithm>
#include <cstring>

#include "lectr/base/event.hpp"
#include "lectr/base/text.hpp"
#include "wire/json_scan.hpp"
#include "wire/multipart_scan.hpp"
#include "wire/names.hpp"
#include "wire/numbers.hpp"

namespace lectr::wire {
namespace {

enum Id : std::uint8_t { kModel = 1, kStream, kStreamOptions, kIncludeUsage, kMaxOutput, kPrompt, kUnseen };

constexpr PathSpec kSpecs[] = {
    {"model", kModel},
    {"stream", kStream},
    {"stream_options", kStreamOptions},
    {"stream_options.include_usage", kIncludeUsage},
    {"max_tokens", kMaxOutput},
    {"max_completion_tokens", kMaxOutput},
    {"max_output_tokens", kMaxOutput},
    {"generationConfig.maxOutputTokens", kMaxOutput},
    {"generation_config.max_output_tokens", kMaxOutput},
    // Texts that a model reads; their lengths only.
    {"messages[].content", kPrompt, Take::text},
    {"messages[].content[].text", kPrompt, Take::text},
    {"system", kPrompt, Take::text},
    {"system[].text", kPrompt, Take::text},
    {"instructions", kPrompt, Take::text},
    {"input", kPrompt, Take::text},
    {"input[]", kPrompt, Take::text},
    {"input[].content", kPrompt, Take::text},
    {"input[].content[].text", kPrompt, Take::text},
    {"messages[].content[].image_url", kUnseen},
    {"messages[].content[].input_audio", kUnseen},
    {"messages[].content[].file", kUnseen},
    {"messages[].content[].source", kUnseen},
    {"input[].content[].image_url", kUnseen},
    {"input[].content[].file_id", kUnseen},
    {"input[].content[].file_url", kUnseen},
    {"contents[].parts[].inlineData", kUnseen},
    {"contents[].parts[].fileData", kUnseen},
    {"prompt", kPrompt, Take::text},
    {"prompt[]", kPrompt, Take::text},
    {"contents[].parts[].text", kPrompt, Take::text},
    {"systemInstruction.parts[].text", kPrompt, Take::text},
    {"system_instruction.parts[].text", kPrompt, Take::text},
};
constexpr auto kPaths = compile_paths<64>(kSpecs);

bool is_media_type(std::string_view content_type, std::string_view type) noexcept {
  return iequals(trim(content_type.substr(0, content_type.find(';'))), type);
}

}  // namespace

struct RequestPeek::Impl {
  enum class Kind : std::uint8_t { nothing, json, multipart };

  Kind kind = Kind::nothing;
  BomSkip bom;
  Peeked seen;
  std::size_t model_length = 0;
  char model[JsonScan::kMaxValue];
  JsonScan json;
  MultipartScan multipart;

  void start(BodyModel body, std::string_view content_type) noexcept;
  void feed_json(std::string_view bytes) noexcept;
  void keep_model(std::string_view text) noexcept;
  void set_model(std::uint64_t begin, std::uint64_t end) noexcept;
  void count_model() noexcept { seen.model_values = static_cast<std::uint8_t>(std::min(seen.model_values + 1, 255)); }

  // Sink of the JSON scanner.
  void on_string(std::uint8_t id, std::string_view text, std::uint64_t begin, std::uint64_t end) noexcept;
  void on_number(std::uint8_t id, std::string_view text) noexcept;
  void on_literal(std::uint8_t id, char first) noexcept;
  void on_open(std::uint8_t id, bool) noexcept { on_other(id); }
  void on_close(std::uint8_t) noexcept {}
  TextCount& text_count(std::uint8_t) noexcept { return seen.prompt.bytes; }
  void on_other(std::uint8_t id) noexcept;

  // Sink of the multipart scanner.
  void on_part(std::string_view name) noexcept;
  void on_content(std::string_view piece) noexcept;
  void on_part_end(std::uint64_t begin, std::uint64_t end) noexcept;
  enum class Part : std::uint8_t { other, model, stream } part = Part::other;
  std::uint8_t flag_length = 0;
  char flag[8];
};

void RequestPeek::Impl::start(BodyModel body, std::string_view content_type) noexcept {
  kind = Kind::nothing;
  seen = {};
  bom = {};
  if (body == BodyModel::none) return;
  // The content type decides where both are possible: newer endpoints take JSON or a form.
  if (is_media_type(content_type, "multipart/form-data")) {
    kind = Kind::multipart;
    seen.malformed = !multipart.reset(content_type);
  } else if (body == BodyModel::json || is_media_type(content_type, "application/json")) {
    kind = Kind::json;
    json.reset(kPaths.data());
  }
}

void RequestPeek::Impl::feed_json(std::string_view bytes) noexcept {
  bytes = bom.skip(bytes);
  if (bytes.empty()) return;
  if (bom.broken()) {
    seen.malformed = true;
    return;
  }
  json.feed(bytes, *this);
  if (json.bad()) seen.malformed = true;
}

void RequestPeek::Impl::keep_model(std::string_view text) noexcept {
  const std::size_t taken = std::min(text.size(), sizeof model - model_length);
  std::memcpy(model + model_length, text.data(), taken);
  model_length += taken;
}

void RequestPeek::Impl::set_model(std::uint64_t begin, std::uint64_t end) noexcept {
  seen.model = plain_name({model, model_length}, kMaxModel);
  seen.has_model = true;
  count_model();
  seen.model_begin = static_cast<std::size_t>(begin);
  seen.model_end = static_cast<std::size_t>(end);
}

void RequestPeek::Impl::on_string(std::uint8_t id, std::string_view text, std::uint64_t begin, std::uint64_t end) noexcept {
  if (id != kModel) return on_other(id);
  model_length = 0;
  keep_model(text);
  const std::uint64_t shift = bom.whole() ? 3 : 0;
  set_model(begin + shift, end + shift);
}

void RequestPeek::Impl::on_number(std::uint8_t id, std::string_view text) noexcept {
  on_other(id);
  if (id == kMaxOutput) seen.max_output = parse_count(text);
}

void RequestPeek::Impl::on_literal(std::uint8_t id, char first) noexcept {
  on_other(id);
  const Tri value = first == 't' ? Tri::yes : first == 'f' ? Tri::no : Tri::absent;
  if (id == kStream) seen.stream = value;
  if (id == kIncludeUsage) seen.include_usage = value;
}

// A value that is not what its key promises takes back what an earlier duplicate said.
void RequestPeek::Impl::on_other(std::uint8_t id) noexcept {
  switch (id) {
    case kModel:
      count_model();
      seen.model = {};
      seen.has_model = false;
      seen.model_begin = seen.model_end = 0;
      break;
    case kStream: seen.stream = Tri::absent; break;
    case kStreamOptions:
      seen.has_stream_options = true;
      seen.include_usage = Tri::absent;
      break;
    case kIncludeUsage: seen.include_usage = Tri::absent; break;
    case kUnseen: seen.unseen_input = true; break;
    default: break;
  }
}

void RequestPeek::Impl::on_part(std::string_view name) noexcept {
  part = name == "model" ? Part::model : name == "stream" ? Part::stream : Part::other;
  if (part == Part::model) model_length = 0;
  flag_length = 0;
}

void RequestPeek::Impl::on_content(std::string_view piece) noexcept {
  if (part == Part::model) keep_model(piece);
  if (part != Part::stream) return;
  for (const char c : piece) {
    if (flag_length < sizeof flag) flag[flag_length++] = c;
  }
}

void RequestPeek::Impl::on_part_end(std::uint64_t begin, std::uint64_t end) noexcept {
  if (part == Part::model) set_model(begin, end);
  if (part == Part::stream) {
    const std::string_view text = trim({flag, flag_length});
    seen.stream = iequals(text, "true") || text == "1" ? Tri::yes : iequals(text, "false") || text == "0" ? Tri::no : Tri::absent;
  }
  part = Part::other;
}

RequestPeek::RequestPeek() = default;
RequestPeek::~RequestPeek() = default;
RequestPeek::RequestPeek(RequestPeek&&) noexcept = default;
RequestPeek& RequestPeek::operator=(RequestPeek&&) noexcept = default;

void RequestPeek::start(BodyModel kind, std::string_view content_type) noexcept {
  if (!impl_) impl_ = std::make_unique<Impl>();
  impl_->start(kind, content_type);
}

void RequestPeek::feed(std::string_view bytes) noexcept {
  if (!impl_ || impl_->seen.malformed) return;
  if (impl_->kind == Impl::Kind::json) {
    impl_->feed_json(bytes);
  } else if (impl_->kind == Impl::Kind::multipart) {
    impl_->multipart.feed(bytes, *impl_);
    impl_->seen.malformed = impl_->multipart.bad();
  }
}

void RequestPeek::finish() noexcept {
  if (!impl_ || impl_->seen.malformed) return;
  if (impl_->kind == Impl::Kind::json) {
    impl_->json.finish(*impl_);
    if (!impl_->json.closed() && !impl_->json.untouched()) impl_->seen.malformed = true;
    if (impl_->bom.broken()) impl_->seen.malformed = true;
  } else if (impl_->kind == Impl::Kind::multipart) {
    impl_->seen.malformed = !impl_->multipart.closed() && !impl_->multipart.untouched();
  }
}

const Peeked& RequestPeek::seen() const noexcept {
  static const Peeked kNothing;
  return impl_ ? impl_->seen : kNothing;
}

}  // namespace lectr::wire
