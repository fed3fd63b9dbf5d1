# Writes migrations/<dialect>/NNNN_name.sql as a table of C++ string literals, so that the binary carries its own schema.
function(embed_migrations dialect out)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/migrations/${dialect}/[0-9][0-9][0-9][0-9]_*.sql)
  list(SORT files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set(rows "")
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    string(REGEX MATCH "^0*([0-9]+)_" _ ${name})
    file(READ ${file} sql)
    string(APPEND rows "    {${CMAKE_MATCH_1}, \"${name}\", R\"lectr_sql(${sql})lectr_sql\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT "// Made from migrations/${dialect}; do not edit.
#include \"store/migrations.hpp\"

namespace lectr::store {
namespace {
constexpr Migration kMigrations[] = {
@rows@};
}  // namespace
std::span<const Migration> ${dialect}_migrations() noexcept { return kMigrations; }
}  // namespace lectr::store
")
endfunction()
