// Works on text and on the option table only; knows no command.
#include "cmd/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace cmd {
namespace {

bool names_a_secret(std::string_view option) {
  if (option == "-S" || option == "-C") return true;
  return option.starts_with("--") && base::to_lower(option).ends_with("secret");
}

void hide(char* text) { std::memset(text, '*', std::strlen(text)); }

/// The subcommand that `word` names below `app`; nothing for anything else.
const CLI::App* subcommand(const CLI::App* app, const std::string& word) {
  for (const CLI::App* command : app->get_subcommands([](const CLI::App*) { return true; })) {
    if (command->check_name(word)) return command;
  }
  return nullptr;
}

const CLI::Option* option_of(const CLI::App* app, char letter) {
  for (const CLI::Option* option : app->get_options()) {
    if (std::ranges::find(option->get_snames(), std::string(1, letter)) != option->get_snames().end()) return option;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> take_arguments(int argc, char** argv) {
  std::vector<std::string> arguments;
  bool secret_follows = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = arguments.emplace_back(argv[i]);
    if (secret_follows) {
      hide(argv[i]);
      secret_follows = false;
      continue;
    }
    const std::size_t equals = argument.find('=');
    if (names_a_secret(std::string_view(argument).substr(0, equals))) {
      if (equals == std::string::npos) secret_follows = true;
      else hide(argv[i] + equals + 1);
    } else if (argument.size() > 2 && names_a_secret(std::string_view(argument).substr(0, 2)) && argument[1] != '-') {
      hide(argv[i] + 2);  // -Ssecret
    }
  }
  return arguments;
}

std::vector<std::string> with_long_names(const CLI::App& app, std::vector<std::string> arguments) {
  std::vector<std::string> in_front;
  if (!arguments.empty() && arguments[0] == "--config" && arguments.size() > 1) {
    in_front.assign(arguments.begin(), arguments.begin() + 2);
  } else if (!arguments.empty() && arguments[0].starts_with("--config=")) {
    in_front.push_back(arguments[0]);
  }
  arguments.erase(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(in_front.size()));
  const CLI::App* command = &app;
  for (std::string& argument : arguments) {
    if (argument == "--") break;
    if (!argument.starts_with('-')) {
      if (const CLI::App* below = subcommand(command, argument)) command = below;
      continue;
    }
    if (argument.size() < 3 || argument[1] == '-' || argument[2] != '=') continue;
    const CLI::Option* option = option_of(command, argument[1]);
    if (option == nullptr || option->get_lnames().empty()) continue;
    argument = "--" + option->get_lnames().front() + argument.substr(2);
  }
  // Commands without settings (version, completion) have no use for it.
  if (command->get_option_no_throw("--config") != nullptr) arguments.insert(arguments.end(), in_front.begin(), in_front.end());
  return arguments;
}

}  // namespace cmd
