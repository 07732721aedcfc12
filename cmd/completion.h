// Shell completion as scripts, made from the same option tables that parse: no list to keep up to date. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace CLI {
class App;
}

namespace cmd {

struct CompletionOption {
  std::vector<std::string> names{};    ///< "-a", "--traddr"
  std::string about{};                 ///< first sentence
  bool takes_value{false};
  bool value_is_file{false};           ///< complete file names for it
  std::vector<std::string> choices{};  ///< the only values there are
};

struct CompletionCommand {
  std::string name{};
  std::string about{};
  std::vector<CompletionOption> options{};
  std::vector<CompletionCommand> commands{};
};

CompletionCommand completion_tree(const CLI::App& app);

std::string bash_completion(const CompletionCommand& program);
std::string zsh_completion(const CompletionCommand& program);
std::string fish_completion(const CompletionCommand& program);
/// "bash", "zsh" or "fish"; kInvalid for another shell.
base::Result<std::string> completion_script(const CompletionCommand& program, std::string_view shell);

}  // namespace cmd
