// Completion scripts: what they offer where, asked of the shells themselves where they are installed.
#include "cmd/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "tests/config/temporary_directory.h"

namespace cmd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

class Completion : public testing::Test {
 protected:
  Completion() {
    CLI::App* serve = app_.add_subcommand("serve", "Run the agent's loop. Never ends.");
    serve->add_option("--config", text_, "Settings")->type_name("FILE");
    CLI::App* list = app_.add_subcommand("list", "List things.");
    CLI::App* ctrl = list->add_subcommand("ctrl", "List controllers.");
    ctrl->add_flag("-d,--discovery", flag_, "Only discovery controllers");
    ctrl->add_option("-o,--output", text_, "json or table")->type_name("FORMAT")->check(CLI::IsMember({std::string("table"), std::string("json")}));
    CLI::App* hidden = app_.add_subcommand("gen", "Hidden.");
    hidden->group("");
  }

  /// What `shell` prints for `script`; nothing where there is no such shell here.
  static std::optional<std::string> run(const std::string& shell, const std::string& script) {
    const TemporaryDirectory folder;
    write_text(folder / "script", script);
    FILE* pipe = ::popen(("command -v " + shell + " >/dev/null || exit 99; " + shell + " " + (folder / "script") + " 2>&1").c_str(), "r");
    std::string out;
    char buffer[256];
    while (::fgets(buffer, sizeof buffer, pipe) != nullptr) out += buffer;
    if (::pclose(pipe) == 99 << 8) return std::nullopt;
    return out;
  }
  static std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
  }
  std::vector<std::string> bash_offers(const std::string& line) const {
    const std::string script = bash_completion(completion_tree(app_)) + "COMP_WORDS=(" + line + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n" +
                               "_discovery_client\necho \"${COMPREPLY[@]}\"\n";
    return words(run("bash", script).value_or("no bash"));
  }

  CLI::App app_{"Keeps this host connected", "discovery-client"};
  std::string text_{};
  bool flag_{false};
};

TEST_F(Completion, TreeFollowsTheOptionTables) {
  const CompletionCommand tree = completion_tree(app_);
  EXPECT_EQ(tree.name, "discovery-client");
  ASSERT_EQ(tree.commands.size(), 2U) << "hidden commands are not offered";
  EXPECT_EQ(tree.commands[0].about, "Run the agent's loop");
  const CompletionCommand& ctrl = tree.commands[1].commands.at(0);
  const auto output = std::ranges::find_if(ctrl.options, [](const CompletionOption& o) { return o.names.back() == "--output"; });
  ASSERT_NE(output, ctrl.options.end());
  EXPECT_THAT(output->names, ElementsAre("-o", "--output"));
  EXPECT_TRUE(output->takes_value);
  EXPECT_THAT(output->choices, ElementsAre("table", "json"));
  const auto discovery = std::ranges::find_if(ctrl.options, [](const CompletionOption& o) { return o.names.back() == "--discovery"; });
  ASSERT_NE(discovery, ctrl.options.end());
  EXPECT_FALSE(discovery->takes_value);
}

TEST_F(Completion, BashOffersCommandsOptionsAndValues) {
  EXPECT_THAT(bash_offers("discovery-client ''"), IsSupersetOf({"serve", "list"}));
  EXPECT_THAT(bash_offers("discovery-client li"), ElementsAre("list"));
  EXPECT_THAT(bash_offers("discovery-client list ''"), testing::Contains("ctrl"));
  EXPECT_THAT(bash_offers("discovery-client list ctrl --d"), ElementsAre("--discovery"));
  EXPECT_THAT(bash_offers("discovery-client list ctrl -o ''"), ElementsAre("table", "json"));
  EXPECT_THAT(bash_offers("discovery-client list ctrl --output = j"), ElementsAre("json"));
  EXPECT_THAT(bash_offers("discovery-client serve --config /etc/pass"), testing::Contains(HasSubstr("/etc/passwd")));
}

TEST_F(Completion, ZshAndFishTakeTheirScripts) {
  const CompletionCommand tree = completion_tree(app_);
  if (const auto out = run("zsh -n", zsh_completion(tree))) EXPECT_EQ(*out, "");
  if (const auto out = run("fish -n", fish_completion(tree))) EXPECT_EQ(*out, "");
}

TEST_F(Completion, FishOffersByItsOwnAccount) {
  const std::string script = fish_completion(completion_tree(app_));
  const auto out = run("fish", script + "complete -C 'discovery-client list ctrl --'\ncomplete -C 'discovery-client '\n");
  if (!out) GTEST_SKIP() << "no fish here";
  EXPECT_THAT(*out, HasSubstr("--discovery"));
  EXPECT_THAT(*out, HasSubstr("serve"));
  EXPECT_THAT(*out, Not(HasSubstr("\ngen")));
  EXPECT_THAT(*out, Not(HasSubstr("invalid")));
}

TEST_F(Completion, UnknownShellIsAnError) {
  const base::Result<std::string> script = completion_script(completion_tree(app_), "tcsh");
  ASSERT_FALSE(script);
  EXPECT_THAT(script.error().message, HasSubstr("tcsh"));
}

}  // namespace
}  // namespace cmd
