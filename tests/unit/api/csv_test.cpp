#include "api/csv.hpp"

#include <gtest/gtest.h>

namespace lectr::api {
namespace {

struct CellCase {
  const char *name, *text, *cell;
};
class CsvCell : public testing::TestWithParam<CellCase> {};
TEST_P(CsvCell, IsSafeAndReadable) {
  std::string out;
  append_csv_text(out, GetParam().text);
  EXPECT_EQ(out, GetParam().cell);
}
INSTANTIATE_TEST_SUITE_P(Cases, CsvCell,
                         testing::Values(CellCase{"plain", "chat", "chat"}, CellCase{"empty", "", ""}, CellCase{"comma", "a,b", "\"a,b\""},
                                         CellCase{"quote", "a\"b", "\"a\"\"b\""}, CellCase{"line", "a\nb", "\"a\nb\""},
                                         CellCase{"equals", "=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""}, CellCase{"plus", "+1", "\"'+1\""},
                                         CellCase{"minus", "-1+1", "\"'-1+1\""}, CellCase{"at", "@SUM(A1)", "\"'@SUM(A1)\""},
                                         CellCase{"tab", "\t=1", "\"'\t=1\""}, CellCase{"return", "\r=1", "\"'\r=1\""},
                                         CellCase{"inside", "a=b", "a=b"},
                                         CellCase{"markup", "<script>alert(1)</script>", "<script>alert(1)</script>"}),
                         [](const auto& c) { return std::string{c.param.name}; });

TEST(CsvTable, FlattensAndSkipsLists) {
  const Json rows = Json::parse(R"([{"name":"=x","metrics":{"requests":3,"cost":"0.5","rate":null},"spark":[1,2]},
                                    {"name":null,"metrics":{"requests":-1,"cost":"0","rate":0.25},"spark":[]}])");
  EXPECT_EQ(to_csv(rows), "name,metrics_requests,metrics_cost,metrics_rate\r\n\"'=x\",3,0.5,\r\n,-1,0,0.25\r\n");
  EXPECT_EQ(to_csv(Json::array()), "");
}

TEST(CsvRow, HasACellForEachColumn) {
  Event e;
  e.feature = "a,b";
  std::string header, row;
  append_csv_header(header);
  append_csv_row(row, e);
  EXPECT_EQ(std::count(header.begin(), header.end(), ','), std::count(row.begin(), row.end(), ',') - 1);
  EXPECT_TRUE(row.ends_with("\r\n"));
}

}  // namespace
}  // namespace lectr::api
