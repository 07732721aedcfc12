// docs/status.md and the program agree on every field of /status, in both directions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/status_json.h"
#include "tests/cmd/documented_fields.h"
#include "tests/cmd/sample_status.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;

/// A status in which everything that can be there is there.
reconcile::Status full_status() {
  reconcile::Status s = cmd_test::sample_status();
  s.endpoints[0].info.model = "array";
  s.endpoints[0].id.address.host_iface = "eth0";
  s.endpoints[0].id.address.host_traddr = cmd_test::ip("10.0.0.9");
  cmd_test::go_from(s.paths[0], "10.0.0.9", "eth0");
  s.at_the_kernel = *s.paths[1].path;
  s.at_the_kernel_since = s.now - 1s;
  s.notices = {"stafd runs here"};
  return s;
}

TEST(StatusSchema, EveryFieldThatIsWrittenIsDocumented) {
  const auto documented = cmd_test::documented_fields();
  ASSERT_GT(documented.size(), 100U);
  cmd_test::SchemaCheck check(documented);
  EXPECT_THAT(check.complaints(status_json(full_status(), 1s)), testing::IsEmpty());
  EXPECT_THAT(check.complaints(status_json(cmd_test::sample_status())), testing::IsEmpty());
  EXPECT_THAT(check.complaints(status_json(reconcile::Status{})), testing::IsEmpty());
}

TEST(StatusSchema, EveryFieldThatIsDocumentedIsWritten) {
  const auto documented = cmd_test::documented_fields();
  cmd_test::SchemaCheck check(documented);
  check.complaints(status_json(full_status(), 1s));
  std::vector<std::string> missing;
  for (const auto& [name, type] : documented) {
    if (!check.seen().contains(name)) missing.push_back(name);
  }
  EXPECT_THAT(missing, testing::IsEmpty());
}

TEST(StatusSchema, ACheckThatFindsNothingWouldBeNone) {
  cmd_test::SchemaCheck check({{"schema", "integer"}, {"list[].name", "string or null"}});
  EXPECT_THAT(check.complaints({{"schema", "1"}, {"list", {{{"name", nullptr}}, {{"name", 3}}}}, {"more", {{"x", 1}}}}),
              testing::ElementsAre("list[].name is a integer, and docs/status.md says string or null", "more.x is not in docs/status.md",
                                   "schema is a string, and docs/status.md says integer"));
}

}  // namespace
}  // namespace cmd
