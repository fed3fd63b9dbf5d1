#include "app/demo/request.hpp"

#include "lectr/base/text.hpp"

namespace lectr::demo {

void MockRequest::clear() noexcept {
  method.clear();
  target.clear();
  version = 11;
  keep_alive = true;
  chunked = false;
  raw_head.clear();
  body.clear();
  wire.clear();
  text_.clear();
  spans_.clear();
}

void MockRequest::add_field(std::string_view name, std::string_view value) {
  const auto at = [this] { return static_cast<std::uint32_t>(text_.size()); };
  const std::uint32_t name_at = at();
  text_.append(name);
  const std::uint32_t value_at = at();
  text_.append(value);
  spans_.push_back({name_at, value_at, at()});
}

std::vector<Field> MockRequest::fields() const {
  std::vector<Field> fields;
  fields.reserve(spans_.size());
  const std::string_view text = text_;
  for (const Span& s : spans_) fields.push_back({text.substr(s.name, s.value - s.name), text.substr(s.value, s.end - s.value)});
  return fields;
}

std::string_view MockRequest::header(std::string_view name) const noexcept {
  const std::string_view text = text_;
  for (const Span& s : spans_)
    if (iequals(text.substr(s.name, s.value - s.name), name)) return text.substr(s.value, s.end - s.value);
  return {};
}

std::string_view MockRequest::query(std::string_view name) const noexcept {
  std::string_view rest = target;
  rest.remove_prefix(std::min(rest.find('?'), rest.size()));
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view item = rest.substr(0, rest.find('&'));
    if (item.substr(0, item.find('=')) == name) return item.size() > name.size() ? item.substr(name.size() + 1) : std::string_view{};
    rest.remove_prefix(item.size());
  }
  return {};
}

RequestParser::RequestParser(MockRequest& request) : request_{request} {
  header_limit(256 * 1024);
  body_limit(boost::none);
}

void RequestParser::on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version, error_code&) {
  request_.method.assign(method.data(), method.size());
  request_.target.assign(target.data(), target.size());
  request_.version = static_cast<unsigned>(version);
}

void RequestParser::on_field_impl(boost::beast::http::field, string_view name, string_view value, error_code&) {
  request_.add_field({name.data(), name.size()}, {value.data(), value.size()});
}

void RequestParser::on_header_impl(error_code&) {
  request_.keep_alive = keep_alive();
  request_.chunked = basic_parser::chunked();
}

std::size_t RequestParser::on_body_impl(string_view body, error_code&) {
  request_.body.append({body.data(), body.size()});
  return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view body, error_code&) {
  request_.body.append({body.data(), body.size()});
  return body.size();
}

}  // namespace lectr::demo
