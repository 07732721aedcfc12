// The tree from CLI11's tables, and one writer a shell. Texts in scripts are quoted for that shell; names are ours.
#include "cmd/completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"
#include "cmd/joined.h"

namespace cmd {
namespace {

/// Up to the first line end or ". ", without a final full stop.
std::string first_sentence(const std::string& text) {
  std::string out = text.substr(0, text.find('\n'));
  if (const std::size_t stop = out.find(". "); stop != std::string::npos) out.resize(stop);
  if (out.ends_with('.')) out.pop_back();
  return base::printable(out, 200);
}

/// CLI11 shows a set of choices in the type's name: "FORMAT:{table,json}".
std::vector<std::string> choices_in(const std::string& type_name) {
  std::vector<std::string> out;
  const std::size_t open = type_name.find('{');
  const std::size_t close = type_name.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return out;
  for (std::size_t start = open + 1; start <= close;) {
    const std::size_t end = std::min(type_name.find(',', start), close);
    out.push_back(type_name.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

CompletionOption option_of(const CLI::Option& option) {
  CompletionOption out{.about = first_sentence(option.get_description()), .takes_value = option.get_items_expected_max() > 0};
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  const std::string type = option.get_type_name();
  out.value_is_file = type.starts_with("FILE") || type.starts_with("DIR") || type.starts_with("DEVICE");
  out.choices = choices_in(type);
  return out;
}

std::string single_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::vector<std::string> words_of(const CompletionCommand& command) {
  std::vector<std::string> out;
  for (const CompletionCommand& below : command.commands) out.push_back(below.name);
  for (const CompletionOption& option : command.options) out.insert(out.end(), option.names.begin(), option.names.end());
  return out;
}

/// Calls visit(path, command) for the program (path "") and everything below (" list", " list ctrl").
template <class Visit>
void for_each_command(const CompletionCommand& command, const std::string& path, Visit visit) {
  visit(path, command);
  for (const CompletionCommand& below : command.commands) for_each_command(below, path + " " + below.name, visit);
}

void put_bash_values(std::string& out, const std::string& path, const CompletionOption& option) {
  if (!option.takes_value) return;
  std::vector<std::string> patterns;
  for (const std::string& name : option.names) patterns.push_back(single_quoted(path + " " + name));
  out += "    " + joined(patterns, "|") + ") ";
  if (option.value_is_file) out += "COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n";
  else out += "COMPREPLY=($(compgen -W '" + joined(option.choices, " ") + "' -- \"$cur\")); return ;;\n";
}

std::string zsh_escaped(std::string text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_option(const CompletionOption& option) {
  std::string value;
  if (option.takes_value) {
    value = option.value_is_file ? ":file:_files" : ":value:(" + joined(option.choices, " ") + ")";
  }
  std::string out;
  const std::string others = "(" + joined(option.names, " ") + ")";
  for (const std::string& name : option.names) {
    const bool takes_equals = option.takes_value && name.starts_with("--");
    out += " \\\n        " + single_quoted(others + name + (takes_equals ? "=" : "") + "[" + zsh_escaped(option.about) + "]" + value);
  }
  return out;
}

void put_zsh_function(std::string& out, const std::string& function, const CompletionCommand& command) {
  out += function + "() {\n";
  if (command.commands.empty()) {
    out += "    _arguments -s" + std::string(command.options.empty() ? " : " : "");
    for (const CompletionOption& option : command.options) out += zsh_option(option);
    out += "\n}\n\n";
    return;
  }
  out += "    local state line curcontext=\"$curcontext\"\n    local -a commands=(";
  for (const CompletionCommand& below : command.commands) {
    out += "\n        " + single_quoted(below.name + ":" + zsh_escaped(below.about));
  }
  out += "\n    )\n    _arguments -C";
  for (const CompletionOption& option : command.options) out += zsh_option(option);
  out += " \\\n        '1: :->command' '*:: :->arguments'\n    case $state in\n";
  out += "        command) _describe command commands ;;\n        arguments)\n            case $line[1] in\n";
  for (const CompletionCommand& below : command.commands) out += "                " + below.name + ") " + function + "_" + below.name + " ;;\n";
  out += "            esac ;;\n    esac\n}\n\n";
  for (const CompletionCommand& below : command.commands) put_zsh_function(out, function + "_" + below.name, below);
}

/// The words of a path, as a fish condition: each seen, and none of the commands further down.
std::string fish_condition(const std::string& path, const CompletionCommand& command) {
  std::string out;
  for (std::size_t start = 1; start < path.size();) {
    const std::size_t end = std::min(path.find(' ', start), path.size());
    out += (out.empty() ? "" : "; and ") + std::string("__fish_seen_subcommand_from ") + path.substr(start, end - start);
    start = end + 1;
  }
  std::vector<std::string> below;
  for (const CompletionCommand& one : command.commands) below.push_back(one.name);
  if (below.empty()) return out;
  return out + (out.empty() ? "not " : "; and not ") + "__fish_seen_subcommand_from " + joined(below, " ");
}

}  // namespace

CompletionCommand completion_tree(const CLI::App& app) {
  CompletionCommand out{.name = app.get_name(), .about = first_sentence(app.get_description())};
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty() && !option->get_positional()) out.options.push_back(option_of(*option));
  }
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!below->get_group().empty()) out.commands.push_back(completion_tree(*below));
  }
  return out;
}

std::string bash_completion(const CompletionCommand& program) {
  std::string out = "# bash completion for " + program.name + "; made by `" + program.name + " completion bash`\n"
                    "_discovery_client() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= words= i\n"
                    "  [[ $cur == = ]] && cur=\n  [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}\n"
                    "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case \"$path ${COMP_WORDS[i]}\" in\n";
  std::vector<std::string> paths;
  for_each_command(program, "", [&](const std::string& path, const CompletionCommand&) {
    if (!path.empty()) paths.push_back(single_quoted(path));
  });
  if (!paths.empty()) out += "    " + joined(paths, "|") + ") path=\"$path ${COMP_WORDS[i]}\" ;;\n";
  out += "    esac\n  done\n  case \"$path $prev\" in\n";
  for_each_command(program, "", [&](const std::string& path, const CompletionCommand& command) {
    for (const CompletionOption& option : command.options) put_bash_values(out, path, option);
  });
  out += "  esac\n  case \"$path\" in\n";
  for_each_command(program, "", [&](const std::string& path, const CompletionCommand& command) {
    out += "    " + single_quoted(path) + ") words='" + joined(words_of(command), " ") + "' ;;\n";
  });
  return out + "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -F _discovery_client " + program.name + "\n";
}

std::string zsh_completion(const CompletionCommand& program) {
  std::string out = "#compdef " + program.name + "\n# zsh completion for " + program.name + "; made by `" + program.name +
                    " completion zsh`\n\n";
  put_zsh_function(out, "_discovery_client", program);
  // Works from a file in $fpath as well as by `source`.
  return out + "if [ \"$funcstack[1]\" = _discovery_client ]; then\n    _discovery_client \"$@\"\nelse\n    compdef _discovery_client " +
         program.name + "\nfi\n";
}

std::string fish_completion(const CompletionCommand& program) {
  std::string out = "# fish completion for " + program.name + "; made by `" + program.name + " completion fish`\n";
  const std::string start = "complete -c " + program.name;
  out += start + " -f\n";  // no file names unless an option asks for them
  for_each_command(program, "", [&](const std::string& path, const CompletionCommand& command) {
    const std::string when = fish_condition(path, command);
    for (const CompletionCommand& below : command.commands) {
      out += start + " -n " + single_quoted(when) + " -a " + below.name + " -d " + single_quoted(below.about) + "\n";
    }
    for (const CompletionOption& option : command.options) {
      out += start + (when.empty() ? "" : " -n " + single_quoted(when));
      for (const std::string& name : option.names) out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (option.takes_value) out += option.value_is_file ? " -r -F" : " -x";
      if (!option.choices.empty()) out += " -a " + single_quoted(joined(option.choices, " "));
      out += " -d " + single_quoted(option.about) + "\n";
    }
  });
  return out;
}

base::Result<std::string> completion_script(const CompletionCommand& program, std::string_view shell) {
  if (shell == "bash") return bash_completion(program);
  if (shell == "zsh") return zsh_completion(program);
  if (shell == "fish") return fish_completion(program);
  return base::fail(base::ErrorKind::kInvalid, "no completion for shell '" + base::printable(shell) + "': bash, zsh and fish are known");
}

}  // namespace cmd
