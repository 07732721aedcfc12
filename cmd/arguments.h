// The command line before it is parsed: secrets disappear from `ps`, and the seed's spelling of short options works.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cmd {

/// Copies the arguments (without the program's name) and overwrites secrets in place, so that /proc/<pid>/cmdline
/// shows stars: what follows -S, -C, --dhchap-secret, --dhchap-ctrl-secret and every --…secret of `serve`.
std::vector<std::string> take_arguments(int argc, char** argv);

/// `-q=value` as `--hostnqn=value` (the seed's flag library reads it so; ours would take "=value"), by the chosen
/// subcommand's options; `--config FILE` in front of the command goes behind it. Everything else, and everything behind "--", stays as it is.
std::vector<std::string> with_long_names(const CLI::App& app, std::vector<std::string> arguments);

}  // namespace cmd
