// What is unusual about a host, in sentences.
#include "cmd/notices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cmd {
namespace {

using nvme::ModuleState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

nvme::HostFacts host(ModuleState nvme_tcp) {
  nvme::HostFacts facts;
  facts.kernel_release = "6.1.0-9";
  facts.nvme_tcp = nvme_tcp;
  facts.native_multipath = true;
  return facts;
}

TEST(Notices, AModuleThatIsThereIsNoNews) {
  EXPECT_THAT(notices_of(host(ModuleState::kLoaded)), IsEmpty());
  EXPECT_THAT(notices_of(host(ModuleState::kBuiltIn)), IsEmpty());
}

TEST(Notices, AModuleThatIsNotSaysWhatToDo) {
  EXPECT_THAT(notices_of(host(ModuleState::kAvailable)), ElementsAre(HasSubstr("not loaded: modprobe nvme-tcp")));
  EXPECT_THAT(notices_of(host(ModuleState::kMissing)), ElementsAre(HasSubstr("missing: kernel 6.1.0-9 has none")));
  EXPECT_THAT(notices_of(host(ModuleState::kUnknown)), ElementsAre(HasSubstr("can't be seen from here")));
}

TEST(Notices, MultipathIsNewsOnlyWhereItIsKnownToBeOff) {
  nvme::HostFacts facts = host(ModuleState::kLoaded);
  facts.native_multipath = false;
  EXPECT_THAT(notices_of(facts), ElementsAre(HasSubstr("native NVMe multipath is off")));
  facts.native_multipath.reset();
  EXPECT_THAT(notices_of(facts), IsEmpty());
}

}  // namespace
}  // namespace cmd
