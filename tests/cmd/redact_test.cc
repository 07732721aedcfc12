// Secrets go, whatever they look like and wherever they stand; the rest stays readable.
#include "cmd/redact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cmd {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kKey = "DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n:";

TEST(Redact, SettingsAsYaml) {
  EXPECT_EQ(redact("kato: 30\ndhChapSecret: " + std::string(kKey) + "\nmaxIOQueues: 4\n"), "kato: 30\ndhChapSecret: ***\nmaxIOQueues: 4\n");
  EXPECT_EQ(redact("dhChapCtrlSecret: \"not a well formed one\"  # mine\nkato: 1\n"), "dhChapCtrlSecret: ***  # mine\nkato: 1\n");
  EXPECT_EQ(redact("dhChapSecret: two words\n"), "dhChapSecret: ***\n");
  EXPECT_EQ(redact("dhChapSecret: >-\n  folded\n  secret text\nkato: 1\n"), "dhChapSecret: ***\n  ***\n  ***\nkato: 1\n");
  EXPECT_EQ(redact("a:\n  dhChapSecret:\n    hidden\n  kato: 1\n"), "a:\n  dhChapSecret:\n    ***\n  kato: 1\n");
  EXPECT_EQ(redact("dhChapSecret: \"goes on\n  over lines\"\nkato: 1\n"), "dhChapSecret: ***\n  ***\nkato: 1\n");
  EXPECT_EQ(redact("dhChapSecret: plain\n  over lines\nkato: 1\n"), "dhChapSecret: ***\n  ***\nkato: 1\n");
  EXPECT_THAT(redact("{dhChapSecret: flow, kato: 1}"), Not(HasSubstr("flow")));
  EXPECT_THAT(redact("\"dhChapSecret\": 'quoted'\n"), Not(HasSubstr("quoted")));
  EXPECT_THAT(redact("DHCHAPSECRET : hidden\n"), Not(HasSubstr("hidden")));
}

TEST(Redact, LinesOfDiscoveryD) {
  EXPECT_EQ(redact_conf("-t tcp -a 10.0.0.1 -S " + std::string(kKey) + " -C hidden -n group\n"), "-t tcp -a 10.0.0.1 -S *** -C *** -n group\n");
  EXPECT_EQ(redact_conf("--traddr=10.0.0.1 --dhchap-secret=hidden --dhchap-ctrl-secret 'hid den' --nqn=x\n"),
            "--traddr=10.0.0.1 --dhchap-secret=*** --dhchap-ctrl-secret *** --nqn=x\n");
  for (const char* line : {"-Shidden", "-S=hidden", "-gS hidden", "-GgShidden", "-S 'hidden words'", "-S \"hidden", "--dhchap_secret hidden", "# -S hidden", "#-a x -C=hidden",
                           "--tls-key hidden", "-S\thidden"}) {
    EXPECT_THAT(redact_conf(line), Not(HasSubstr("hidden"))) << line;
  }
  EXPECT_EQ(redact_conf("-nSto -a 10.0.0.1 -s 8009 -q nqn.Some\n"), "-nSto -a 10.0.0.1 -s 8009 -q nqn.Some\n") << "S and C in values are no options";
}

TEST(Redact, EnvironmentAndOtherTexts) {
  EXPECT_EQ(redact("DC_DHCHAPSECRET=hidden\nDC_KATO=30\n"), "DC_DHCHAPSECRET=***\nDC_KATO=30\n");
  EXPECT_EQ(redact(std::string("connect failed: dhchap_secret=") + kKey + ",nqn=x"), "connect failed: dhchap_secret=***");
  EXPECT_EQ(redact(std::string("saw ") + kKey + ", and NVMeTLSkey-1:01:abc/+=: too"), "saw DHHC-1:***, and NVMeTLSkey-1:***");
  EXPECT_EQ(redact("nvme nvme0: no secret, no cry\n"), "nvme nvme0: no secret, no cry\n");
  EXPECT_EQ(redact(""), "");
}

TEST(Redact, Json) {
  const std::string text = redact_json(R"({"endpoints":[{"dhchap_secret":"hidden","nested":{"tlsKey":["hidden"]},"traddr":"10.0.0.1","note":"DHHC-1:00:hidden:"}],"dhChapSecret":""})");
  EXPECT_THAT(text, Not(HasSubstr("hidden")));
  EXPECT_THAT(text, HasSubstr("10.0.0.1"));
  EXPECT_THAT(redact_json("{ \"dhchap_secret\": \"hidden\" "), Not(HasSubstr("hidden"))) << "what is cut off is still read as text";
}

}  // namespace
}  // namespace cmd
