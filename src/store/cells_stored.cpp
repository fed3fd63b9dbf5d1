// The stored form of cells: a version, then varints (signed ones zigzag), texts with their length before them.
#include <algorithm>
#include <map>

#include "lectr/telemetry/log.hpp"
#include "store/cells.hpp"
#include "store/session.hpp"

namespace lectr::store {
namespace {

constexpr char kVersion = 1;

std::uint64_t zigzag(std::int64_t v) { return static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63); }
std::int64_t unzigzag(std::uint64_t v) { return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1); }
void put_signed(std::string& out, std::int64_t v) { put_varint(out, zigzag(v)); }

// 128 bits as two halves; the upper one is 0 or -1 for any sum below 9,223 USD.
void put_money(std::string& out, Sums::Femto v) {
  put_varint(out, static_cast<std::uint64_t>(v));
  put_signed(out, static_cast<std::int64_t>(v >> 64));
}

[[noreturn]] void fail() {
  log::warn("store: a rollup can't be read; `lectr rollup rebuild` makes them anew from the rows");
  throw Failure{failures::kUnavailable};
}
std::uint64_t take(std::string_view& bytes) {
  const auto v = take_varint(bytes);
  if (!v) fail();
  return *v;
}
std::int64_t take_signed(std::string_view& bytes) { return unzigzag(take(bytes)); }

// What take() reads, for many in a row of which some are long: the place stays in a register, as an index of a month of minutes has millions.
class Varints {
 public:
  explicit Varints(std::string_view bytes) : at_{bytes.data()}, end_{bytes.data() + bytes.size()} {}
  std::uint64_t take() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80 && (shift < 63 || byte < 2)) return value;
    }
    fail();
  }
  std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

 private:
  const char *at_, *end_;
};

Sums::Femto take_money(std::string_view& bytes) {
  const std::uint64_t low = take(bytes);
  return static_cast<Sums::Femto>(take_signed(bytes)) << 64 | low;
}
std::string_view take_text(std::string_view& bytes) {
  const std::uint64_t size = take(bytes);
  if (size > bytes.size()) fail();
  const auto text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return text;
}
void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

// Every integer of the sums that is not in the index, in stored order.
constexpr std::int64_t Sums::*kFields[] = {
    &Sums::streaming,     &Sums::measured,           &Sums::cost_unknown,     &Sums::tokens_input, &Sums::tokens_output,
    &Sums::tokens_cached, &Sums::tokens_cache_write, &Sums::tokens_reasoning, &Sums::bytes_in,     &Sums::bytes_out,
    &Sums::retries,       &Sums::latency_sum_us,     &Sums::ttfb_sum_us};
constexpr std::int64_t Peaks::*kPeaks[] = {&Peaks::latency_us, &Peaks::ttfb_us, &Peaks::tokens, &Peaks::cost_femto};
constexpr Sums::Femto Sums::*kMoney[] = {&Sums::cost, &Sums::cost_low, &Sums::cost_high};
constexpr std::uint32_t Dims::*kTexts[] = {&Dims::provider, &Dims::model, &Dims::asked, &Dims::feature, &Dims::task};

void put_sums(std::string& out, const Sums& sums, std::string& scratch) {
  for (const auto field : kFields) put_signed(out, sums.*field);
  for (const auto field : kMoney) put_money(out, sums.*field);
  scratch.clear();
  sums.latency.encode_to(scratch);
  put_text(out, scratch);
  sums.ttfb.encode_to(out);  // what is left of the cell
}

// The texts that the cells use, in the order of their bytes: their places are what cells name them by.
std::map<std::string_view, std::uint32_t> text_places(const Cells& cells, const Names& names) {
  std::map<std::string_view, std::uint32_t> places;
  for (const auto& entry : cells)
    for (const auto text : kTexts) places.emplace(names.text(entry.first.*text), 0);
  std::uint32_t next = 0;
  for (auto& place : places) place.second = next++;
  return places;
}

struct Placed {
  std::array<std::uint32_t, std::size(kTexts)> texts{};
  const Dims* dims = nullptr;
  const Cell* cell = nullptr;
};

}  // namespace

StoredCells encode(const Cells& cells, const Names& names) {
  const auto places = text_places(cells, names);
  std::unordered_map<std::uint32_t, std::uint32_t> place_of;  // by name
  std::vector<Placed> ordered;
  ordered.reserve(cells.size());
  for (const auto& [dims, cell] : cells) {
    Placed placed{{}, &dims, &cell};
    for (std::size_t i = 0; i < std::size(kTexts); ++i) {
      const auto [at, fresh] = place_of.try_emplace(dims.*kTexts[i], 0);
      if (fresh) at->second = places.at(names.text(dims.*kTexts[i]));
      placed.texts[i] = at->second;
    }
    ordered.push_back(placed);
  }
  std::sort(ordered.begin(), ordered.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.texts, a.dims->key, a.dims->status_class) < std::tie(b.texts, b.dims->key, b.dims->status_class);
  });

  StoredCells stored{std::string(1, kVersion), std::string(1, kVersion)};
  put_varint(stored.index, places.size());
  for (const auto& place : places) put_text(stored.index, place.first);
  put_varint(stored.index, ordered.size());
  std::string one, scratch;
  for (const Placed& p : ordered) {
    for (const std::uint32_t text : p.texts) put_varint(stored.index, text);
    put_signed(stored.index, p.dims->key);
    put_signed(stored.index, p.dims->status_class);
    put_signed(stored.index, p.cell->sums.requests);
    put_signed(stored.index, p.cell->sums.errors);
    for (const auto peak : kPeaks) put_signed(stored.index, p.cell->peaks.*peak);
    one.clear();
    put_sums(one, p.cell->sums, scratch);
    put_text(stored.sums, one);
  }
  return stored;
}

CellReader::CellReader(std::string_view index, std::string_view sums, Names& names, bool with_sums)
    : index_{index}, sums_{sums}, with_sums_{with_sums} {
  if (index_.empty() || index_.front() != kVersion) fail();
  index_.remove_prefix(1);
  if (with_sums_) {
    if (sums_.empty() || sums_.front() != kVersion) fail();
    sums_.remove_prefix(1);
  }
  const std::uint64_t texts = take(index_);
  if (texts > index_.size()) fail();
  names_.reserve(texts);
  for (std::uint64_t i = 0; i < texts; ++i) names_.push_back(names.id_of(take_text(index_)));
  left_ = take(index_);
}

bool CellReader::next() {
  if (left_ == 0) return false;
  --left_;
  Varints numbers{index_};
  for (const auto text : kTexts) {
    const std::uint64_t place = numbers.take();
    if (place >= names_.size()) fail();
    dims_.*text = names_[place];
  }
  dims_.key = unzigzag(numbers.take());
  dims_.status_class = static_cast<std::int32_t>(unzigzag(numbers.take()));
  requests_ = unzigzag(numbers.take());
  errors_ = unzigzag(numbers.take());
  for (const auto peak : kPeaks) peaks_.*peak = unzigzag(numbers.take());
  index_ = numbers.rest();
  if (with_sums_) cell_sums_ = take_text(sums_);
  return true;
}

CellReader::Sketches CellReader::add_to(Sums& to) const {
  std::string_view bytes = cell_sums_;
  Sums one;
  one.requests = requests_, one.errors = errors_;
  for (const auto field : kFields) one.*field = take_signed(bytes);
  for (const auto field : kMoney) one.*field = take_money(bytes);
  to.merge(one);
  const auto latency = take_text(bytes);
  return {latency, bytes};
}

Cell CellReader::cell() const {
  Cell cell;
  cell.peaks = peaks_;
  const Sketches stored = add_to(cell.sums);
  auto latency = Sketch::decode(stored.latency), ttfb = Sketch::decode(stored.ttfb);
  if (!latency || !ttfb) fail();
  cell.sums.latency = *std::move(latency);
  cell.sums.ttfb = *std::move(ttfb);
  return cell;
}

void read_into(Cells& to, std::string_view index, std::string_view sums, Names& names) {
  CellReader reader{index, sums, names};
  while (reader.next()) to[reader.dims()].merge(reader.cell());
}

}  // namespace lectr::store
