// Content codings, one stream at a time; every add() flushes, so that each frame can be read as soon as it arrived.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/demo/modes.hpp"

namespace lectr::demo {

class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual void add(std::string& out, std::string_view bytes) = 0;
  virtual void finish(std::string& out) = 0;
};
std::unique_ptr<Encoder> make_encoder(Coding coding);  // null: none
std::string_view coding_name(Coding coding) noexcept;

}  // namespace lectr::demo
