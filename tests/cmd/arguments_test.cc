// What `ps` shows of a command line with secrets, and the seed's spelling of short options.
#include "cmd/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace cmd {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

/// argv as the kernel gives it: writable, one after the other.
class CommandLine {
 public:
  explicit CommandLine(std::vector<std::string> words) : words_(std::move(words)) {
    for (std::string& word : words_) argv_.push_back(word.data());
  }
  std::vector<std::string> take() { return take_arguments(static_cast<int>(argv_.size()), argv_.data()); }
  const std::vector<std::string>& shown() const { return words_; }

 private:
  std::vector<std::string> words_;
  std::vector<char*> argv_{};
};

TEST(Arguments, SecretsAreHiddenFromPsAndKeptForUs) {
  CommandLine line({"discovery-client", "connect", "-S", "DHHC-1:00:abc:", "-C", "DHHC-1:00:def:", "--dhchap-secret=DHHC-1:00:ghi:",
                    "--dhchap-ctrl-secret", "DHHC-1:00:jkl:", "-SDHHC-1:00:mno:", "--dhChapSecret=x", "-n", "nqn.a"});
  EXPECT_THAT(line.take(), ElementsAre("connect", "-S", "DHHC-1:00:abc:", "-C", "DHHC-1:00:def:", "--dhchap-secret=DHHC-1:00:ghi:",
                                       "--dhchap-ctrl-secret", "DHHC-1:00:jkl:", "-SDHHC-1:00:mno:", "--dhChapSecret=x", "-n", "nqn.a"));
  EXPECT_THAT(line.shown(), ElementsAre("discovery-client", "connect", "-S", "**************", "-C", "**************",
                                        "--dhchap-secret=**************", "--dhchap-ctrl-secret", "**************",
                                        "-S**************", "--dhChapSecret=*", "-n", "nqn.a"));
}

TEST(Arguments, ASecretFlagAtTheEndHidesNothingElse) {
  CommandLine line({"discovery-client", "connect", "-S"});
  line.take();
  EXPECT_THAT(line.shown(), ElementsAre("discovery-client", "connect", "-S"));
}

class LongNames : public testing::Test {
 protected:
  LongNames() {
    CLI::App* add = app_.add_subcommand("add-hostnqn");
    add->add_option("-q,--hostnqn", text_);
    add->add_option("-n,--nqn", text_);
    CLI::App* remove = app_.add_subcommand("remove-hostnqn");
    remove->add_option("-n,--name", text_);
    CLI::App* serve = app_.add_subcommand("serve");
    serve->add_flag("-e,--autoDetectEntries.enabled", flag_);
  }
  std::vector<std::string> of(std::vector<std::string> arguments) const { return with_long_names(app_, std::move(arguments)); }

  CLI::App app_{};
  std::string text_{};
  bool flag_{true};
};

TEST_F(LongNames, ShortOptionWithEqualsAsTheReadmeWritesIt) {
  EXPECT_THAT(of({"add-hostnqn", "-q=hostnqn1", "-n", "-q=value"}), ElementsAre("add-hostnqn", "--hostnqn=hostnqn1", "-n", "--hostnqn=value"));
  EXPECT_THAT(of({"remove-hostnqn", "-n=v2"}), ElementsAre("remove-hostnqn", "--name=v2"));
  EXPECT_THAT(of({"serve", "-e=false"}), ElementsAre("serve", "--autoDetectEntries.enabled=false"));
}

TEST_F(LongNames, ConfigInFrontOfTheCommandGoesBehindIt) {
  std::string file;
  app_.get_subcommand("serve")->add_option("--config", file);
  EXPECT_THAT(of({"--config", "/a.yaml", "serve", "-e"}), ElementsAre("serve", "-e", "--config", "/a.yaml"));
  EXPECT_THAT(of({"--config=/a.yaml", "serve"}), ElementsAre("serve", "--config=/a.yaml"));
  EXPECT_THAT(of({"--config=/a.yaml", "remove-hostnqn", "-n", "x"}), ElementsAre("remove-hostnqn", "-n", "x")) << "it has no settings";
}

TEST_F(LongNames, TheRestStaysAsItIs) {
  const std::vector<std::string> arguments{"add-hostnqn", "-x=1", "-q", "a=b", "--hostnqn=a", "-qa=b", "--", "-q=c"};
  EXPECT_THAT(of(arguments), ElementsAreArray(arguments));
}

}  // namespace
}  // namespace cmd
