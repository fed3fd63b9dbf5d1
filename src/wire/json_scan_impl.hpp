// Inner part of json_scan.hpp: the steps of the machine. Each takes the rest of the piece and returns where it stopped; what could not be
// finished is in the state. Whole tokens inside one piece, the usual case, are handled without being copied, by run_tokens() in one go.
#pragma once

// The steps of one token are called from one place each: inlined there they share registers, which halves the cost of dense documents.
#if defined(__GNUC__)
#define LECTR_INLINE [[gnu::always_inline]] inline
#else
#define LECTR_INLINE inline
#endif

namespace lectr::wire {

namespace detail {

constexpr std::array<char, 256> kEscaped = [] {  // what a backslash and this stand for; 0: \u, or nothing
  std::array<char, 256> table{};
  constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
  for (std::size_t i = 0; i < from.size(); ++i) table[static_cast<unsigned char>(from[i])] = to[i];
  return table;
}();
constexpr const char* escaped(char c) noexcept { return &kEscaped[static_cast<unsigned char>(c)]; }

inline const char* skip_space(const char* p, const char* end) noexcept {
  while (p != end && static_cast<unsigned char>(*p) <= ' ' && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) ++p;
  return p;
}

constexpr bool is_digit(char c) noexcept { return static_cast<unsigned char>(c - '0') < 10; }

constexpr bool begins(const char* p, const char* end, std::string_view word) noexcept {
  return static_cast<std::size_t>(end - p) >= word.size() && std::string_view{p, word.size()} == word;
}

constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace detail

template <class Sink>
void JsonScan::feed(std::string_view in, Sink& sink) noexcept {
  const char* p = in.data();
  const char* const end = p + in.size();
  chunk_ = p;
  while (p != end) {
    if (between_tokens()) p = run_tokens(p, end, sink);
    if (p != end && !(state_ == State::after_value && depth_ == 0)) p = step(p, end, sink);
    end_document();
  }
  offset_ += in.size();
}

// Inside a container, as step() does but token after token, until one is unusual: cut by the piece's end, malformed, too deep. That one is
// step()'s, and the state is always what step() needs.
template <class Sink>
const char* JsonScan::run_tokens(const char* p, const char* end, Sink& sink) noexcept {
  switch (state_) {
    case State::after_value: goto after_value;
    case State::value: goto value;
    case State::key: goto key;
    default: goto first;
  }

first:
  if ((p = detail::skip_space(p, end)) == end) return p;
  if (*p == (state_ == State::first_key ? '}' : ']')) goto closed;
  if (state_ == State::first_value) goto value;

key:
  if ((p = detail::skip_space(p, end)) == end || *p != '"') return p;
  p = begin_key(p + 1, end, sink);
  if (state_ == State::colon && (p = detail::skip_space(p, end)) != end && *p == ':') {
    state_ = State::value;
    ++p;
  }
  if (state_ != State::value) return p;

value:
  if ((p = detail::skip_space(p, end)) == end) return p;
  p = begin_value(p, end, sink);
  if (state_ == State::first_key || state_ == State::first_value) goto first;
  if (state_ != State::after_value) return p;

after_value:
  if ((p = detail::skip_space(p, end)) == end) return p;
  if (*p == ',') {
    ++p;
    if (!in_array()) {
      state_ = State::key;
      goto key;
    }
    state_ = State::value;
    value_node_ = off_ == 0 ? nodes_[node_].element : kOffTable;
    goto value;
  }
  if (*p != (in_array() ? ']' : '}')) return p;

closed:
  close(sink);
  ++p;
  if (depth_ == 0) return p;
  goto after_value;
}

template <class Sink>
void JsonScan::finish(Sink& sink) noexcept {
  if (depth_ == 0 && number_may_end()) end_number(sink);
  end_document();
}

template <class Sink>
LECTR_INLINE const char* JsonScan::step(const char* p, const char* end, Sink& sink) noexcept {
  switch (state_) {
    case State::first_value:
    case State::value:
    case State::first_key:
    case State::key:
    case State::colon:
    case State::after_value:
    case State::done: p = detail::skip_space(p, end); return p == end ? p : separator(p, end, sink);
    case State::string: return run_string(p, end, sink);
    case State::escape: return run_escape(p, sink);
    case State::hex: return run_hex(p, end, sink);
    case State::literal: return run_literal(p, end, sink);
    case State::deep:
    case State::deep_string:
    case State::deep_escape: return run_deep(p, end);
    case State::bad: return end;
    default: return run_number(p, end, sink);
  }
}

// Between tokens; *p is no white space.
template <class Sink>
const char* JsonScan::separator(const char* p, const char* end, Sink& sink) noexcept {
  switch (state_) {
    case State::first_value:
      if (*p == ']') return close(sink), p + 1;
      [[fallthrough]];
    case State::value: return begin_value(p, end, sink);
    case State::first_key:
      if (*p == '}') return close(sink), p + 1;
      [[fallthrough]];
    case State::key: return *p == '"' ? begin_key(p + 1, end, sink) : fail(end);
    case State::colon:
      if (*p != ':') return fail(end);
      state_ = State::value;
      return p + 1;
    case State::after_value:
      if (*p == (in_array() ? ']' : '}')) return close(sink), p + 1;
      if (*p != ',') return fail(end);
      state_ = in_array() ? State::value : State::key;
      if (in_array()) value_node_ = off_ == 0 ? nodes_[node_].element : kOffTable;
      return p + 1;
    default: return fail(end);
  }
}

template <class Sink>
LECTR_INLINE const char* JsonScan::begin_value(const char* p, const char* end, Sink& sink) noexcept {
  switch (*p) {
    case '"': return begin_string(p, end, sink);
    case '{': return open(false, sink), p + 1;
    case '[': return open(true, sink), p + 1;
    case 't': return begin_literal(p, end, "true", sink);
    case 'f': return begin_literal(p, end, "false", sink);
    case 'n': return begin_literal(p, end, "null", sink);
    default: return detail::is_digit(*p) || *p == '-' ? begin_number(p, end, sink) : fail(end);
  }
}

template <class Sink>
LECTR_INLINE void JsonScan::open(bool array, Sink& sink) noexcept {
  if (depth_ == kMaxDepth) {
    state_ = State::deep;
    deep_ = 1;
    return;
  }
  ++depth_;
  kinds_high_ = kinds_high_ << 1 | kinds_low_ >> 63;
  kinds_low_ = kinds_low_ << 1 | static_cast<std::uint64_t>(array);
  state_ = array ? State::first_value : State::first_key;
  if (value_node_ == kOffTable) {
    ++off_;
    return;
  }
  node_ = value_node_;
  if (id() != 0) sink.on_open(id(), array);
  if (array) value_node_ = nodes_[node_].element;
}

template <class Sink>
LECTR_INLINE void JsonScan::close(Sink& sink) noexcept {
  --depth_;
  kinds_low_ = kinds_low_ >> 1 | kinds_high_ << 63;
  kinds_high_ >>= 1;
  if (off_ != 0) {
    --off_;
  } else {
    if (nodes_[node_].id != 0) sink.on_close(nodes_[node_].id);
    node_ = nodes_[node_].parent;
  }
  end_value();
}

// p is behind the quote.
template <class Sink>
LECTR_INLINE const char* JsonScan::begin_key(const char* p, const char* end, Sink& sink) noexcept {
  const char* const q = find_string_special(p, end);
  if (q != end && *q == '"') {
    value_node_ = off_ == 0 ? find_child(nodes_, node_, {p, static_cast<std::size_t>(q - p)}) : kOffTable;
    if (end - q > 1 && q[1] == ':') {
      state_ = State::value;
      return q + 2;
    }
    state_ = State::colon;
    return q + 1;
  }
  state_ = State::string;
  use_ = Use::key;
  length_ = 0;
  cut_ = false;
  add(p, q, sink);
  return run_string(q, end, sink);
}

// p is at the quote.
template <class Sink>
LECTR_INLINE const char* JsonScan::begin_string(const char* p, const char* end, Sink& sink) noexcept {
  const std::uint8_t what = id();
  const bool text = what != 0 && nodes_[value_node_].take == Take::text;
  const char* const q = text ? take_text(p + 1, end, sink.text_count(what)) : find_string_special(p + 1, end);
  if (q != end && *q == '"') {
    const auto size = static_cast<std::size_t>(q - p - 1);
    if (what != 0 && !text) sink.on_string(what, {p + 1, size < kMaxValue ? size : kMaxValue}, at(p), at(q + 1));
    end_value();
    return q + 1;
  }
  begin_ = at(p);
  state_ = State::string;
  use_ = what == 0 ? Use::skip : text ? Use::text : Use::value;
  length_ = 0;
  cut_ = false;
  if (use_ == Use::value) add(p + 1, q, sink);
  return run_string(q, end, sink);
}

// Up to the next quote, backslash or control character.
template <class Sink>
LECTR_INLINE const char* JsonScan::take_run(const char* p, const char* end, Sink& sink) noexcept {
  if (use_ == Use::text && high_ == 0) return take_text(p, end, sink.text_count(id()));
  const char* const q = find_string_special(p, end);
  if (q != p) add(p, q, sink);
  return q;
}

template <class Sink>
const char* JsonScan::run_string(const char* p, const char* end, Sink& sink) noexcept {
  while (p != end) {
    const char* const q = take_run(p, end, sink);
    if (q == end) return end;
    if (*q == '"') {
      end_string(q + 1, sink);
      return q + 1;
    }
    if (*q != '\\') return fail(end);
    if (end - q >= 2 && *detail::escaped(q[1]) != 0) {
      add(detail::escaped(q[1]), detail::escaped(q[1]) + 1, sink);
      p = q + 2;
      continue;
    }
    state_ = State::escape;
    p = q + 1;
    if (p == end) return p;
    p = run_escape(p, sink);
    if (state_ == State::hex && p != end) p = run_hex(p, end, sink);
    if (state_ != State::string) return state_ == State::bad ? end : p;
  }
  return p;
}

template <class Sink>
inline const char* JsonScan::run_escape(const char* p, Sink& sink) noexcept {
  if (*p == 'u') {
    state_ = State::hex;
    digits_ = 0;
    unit_ = 0;
    return p + 1;
  }
  const char* const escaped = detail::escaped(*p);
  state_ = *escaped == 0 ? State::bad : State::string;
  if (*escaped != 0) add(escaped, escaped + 1, sink);
  return p + 1;
}

template <class Sink>
inline const char* JsonScan::run_hex(const char* p, const char* end, Sink& sink) noexcept {
  for (; p != end && digits_ < 4; ++p, ++digits_) {
    const int value = detail::hex_value(*p);
    if (value < 0) return fail(end);
    unit_ = unit_ << 4 | static_cast<std::uint32_t>(value);
  }
  if (digits_ == 4) {
    state_ = State::string;
    if (use_ != Use::skip) add_unit(unit_, sink);
  }
  return p;
}

// A UTF-16 unit. A surrogate without its other half counts as U+FFFD, as decoders make of it.
template <class Sink>
void JsonScan::add_unit(std::uint32_t unit, Sink& sink) noexcept {
  const std::uint32_t high = high_;
  high_ = 0;
  if (high != 0 && unit >= 0xDC00 && unit <= 0xDFFF) return add_code(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00), sink);
  if (high != 0) add_code(0xFFFD, sink);
  if (unit >= 0xD800 && unit <= 0xDBFF) {
    high_ = unit;
  } else {
    add_code(unit >= 0xDC00 && unit <= 0xDFFF ? 0xFFFD : unit, sink);
  }
}

template <class Sink>
void JsonScan::add_code(std::uint32_t code, Sink& sink) noexcept {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  const auto tail = [&](int shift) { return byte(0x80 | (code >> shift & 0x3F)); };
  char out[4] = {};
  int size = 0;
  if (code < 0x80) {
    out[size++] = byte(code);
  } else if (code < 0x800) {
    out[size++] = byte(0xC0 | code >> 6), out[size++] = tail(0);
  } else if (code < 0x10000) {
    out[size++] = byte(0xE0 | code >> 12), out[size++] = tail(6), out[size++] = tail(0);
  } else {
    out[size++] = byte(0xF0 | code >> 18), out[size++] = tail(12), out[size++] = tail(6), out[size++] = tail(0);
  }
  add(out, out + size, sink);
}

template <class Sink>
inline void JsonScan::add(const char* p, const char* q, Sink& sink) noexcept {
  if (use_ == Use::skip) return;
  if (high_ != 0) {
    high_ = 0;
    add_code(0xFFFD, sink);
  }
  if (use_ == Use::text) return count_text(p, q, sink.text_count(id()));
  const auto size = static_cast<std::size_t>(q - p);
  const std::size_t room = kMaxValue - length_;
  cut_ = cut_ || size > room;
  const std::size_t taken = size < room ? size : room;
  std::memcpy(buffer_ + length_, p, taken);
  length_ = static_cast<std::uint8_t>(length_ + taken);
}

template <class Sink>
inline void JsonScan::end_string(const char* after, Sink& sink) noexcept {
  if (high_ != 0) {
    high_ = 0;
    add_code(0xFFFD, sink);
  }
  const std::string_view text{buffer_, length_};
  if (use_ == Use::key) {
    value_node_ = off_ == 0 && !cut_ ? find_child(nodes_, node_, text) : kOffTable;
    state_ = State::colon;
    return;
  }
  if (use_ == Use::value) sink.on_string(id(), text, begin_, at(after));
  end_value();
}

// Plain integers inside the piece here; all else byte by byte.
template <class Sink>
LECTR_INLINE const char* JsonScan::begin_number(const char* p, const char* end, Sink& sink) noexcept {
  const char* q = p + (*p == '-');
  if (q != end && detail::is_digit(*q)) {
    const bool zero = *q++ == '0';
    while (!zero && q != end && detail::is_digit(*q)) ++q;
    if (q != end && *q != '.' && (*q | 0x20) != 'e') {
      const auto size = static_cast<std::size_t>(q - p);
      if (id() != 0) sink.on_number(id(), size <= kMaxValue ? std::string_view{p, size} : std::string_view{});
      end_value();
      return q;
    }
  }
  length_ = 0;
  cut_ = false;
  buffer_[length_++] = *p;
  state_ = *p == '-' ? State::number_minus : *p == '0' ? State::number_zero : State::number_int;
  return run_number(p + 1, end, sink);
}

inline JsonScan::State JsonScan::number_next(char c) const noexcept {
  const bool digit = detail::is_digit(c), e = (c | 0x20) == 'e';
  switch (state_) {
    case State::number_minus: return !digit ? State::bad : c == '0' ? State::number_zero : State::number_int;
    case State::number_zero: return c == '.' ? State::number_dot : e ? State::number_e : State::done;
    case State::number_int: return digit ? State::number_int : c == '.' ? State::number_dot : e ? State::number_e : State::done;
    case State::number_dot: return digit ? State::number_fraction : State::bad;
    case State::number_fraction: return digit ? State::number_fraction : e ? State::number_e : State::done;
    case State::number_e: return digit ? State::number_exponent : c == '+' || c == '-' ? State::number_sign : State::bad;
    case State::number_sign: return digit ? State::number_exponent : State::bad;
    default: return digit ? State::number_exponent : State::done;
  }
}

template <class Sink>
const char* JsonScan::run_number(const char* p, const char* end, Sink& sink) noexcept {
  for (; p != end; ++p) {
    const State next = number_next(*p);
    if (next == State::bad) return fail(end);
    if (next == State::done) return end_number(sink), p;
    state_ = next;
    if (length_ < kMaxValue) {
      buffer_[length_++] = *p;
    } else {
      cut_ = true;
    }
  }
  return p;
}

// A number too long for the buffer is told as no number: nothing that is looked for is that long.
template <class Sink>
inline void JsonScan::end_number(Sink& sink) noexcept {
  if (id() != 0) sink.on_number(id(), cut_ ? std::string_view{} : std::string_view{buffer_, length_});
  end_value();
}

template <class Sink>
LECTR_INLINE const char* JsonScan::begin_literal(const char* p, const char* end, const char* word, Sink& sink) noexcept {
  if (detail::begins(p, end, word)) {
    if (id() != 0) sink.on_literal(id(), *p);
    end_value();
    return p + std::string_view{word}.size();
  }
  word_ = word;
  digits_ = 1;
  state_ = State::literal;
  return run_literal(p + 1, end, sink);
}

template <class Sink>
inline const char* JsonScan::run_literal(const char* p, const char* end, Sink& sink) noexcept {
  for (; p != end && word_[digits_] != '\0'; ++p, ++digits_)
    if (*p != word_[digits_]) return fail(end);
  if (word_[digits_] == '\0') {
    if (id() != 0) sink.on_literal(id(), *word_);
    end_value();
  }
  return p;
}

// Below kMaxDepth only strings and bracket counts.
inline const char* JsonScan::run_deep(const char* p, const char* end) noexcept {
  for (; p != end; ++p) {
    const char c = *p;
    if (state_ == State::deep_escape || (state_ == State::deep && c == '"')) {
      state_ = State::deep_string;
    } else if (state_ == State::deep_string) {
      if (static_cast<unsigned char>(c) < 0x20) return fail(end);
      if (c == '\\') state_ = State::deep_escape;
      if (c == '"') state_ = State::deep;
    } else if (c == '[' || c == '{') {
      if (++deep_ == 0) return fail(end);
    } else if ((c == ']' || c == '}') && --deep_ == 0) {
      state_ = State::after_value;
      return p + 1;
    }
  }
  return p;
}

}  // namespace lectr::wire

#undef LECTR_INLINE
