// One look at discovery.d: list, read, parse, unite. Keeps nothing between looks but what it is given back.
#include "config/directory.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/file.h"
#include "config/directory_names.h"
#include "config/stale_mounts.h"

namespace config {
namespace {

constexpr std::size_t kFileMax = 1024 * 1024;  // 10,000 lines of a hundred bytes
constexpr std::size_t kMountInfoMax = 64U << 20;  // a node with 110 pods has some thousand mounts of 200 bytes

struct DirectoryCloser {
  void operator()(DIR* directory) const { closedir(directory); }
};

std::string join(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

enum class Kind { kText, kNoFile, kUnreadable };

struct FileText {
  Kind kind{Kind::kNoFile};
  std::string text{};
  std::string problem{};
};

FileText read_text(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    int error = errno;
    if (error == ENOENT) return {};  // gone since the listing, or a link to nowhere
    return {Kind::kUnreadable, {}, base::errno_error(error, "read " + path).message};
  }
  if (!S_ISREG(status.st_mode)) return {};
  base::Result<std::string> text = base::read_file(path, kFileMax);
  if (text) return {Kind::kText, std::move(*text), {}};
  if (text.error().kind == base::ErrorKind::kNotFound) return {};
  return {Kind::kUnreadable, {}, text.error().message};
}

/// Unites the files' endpoints; the first of two that are the same counts.
class Union {
 public:
  void add_file(const std::string& file, std::string text, const NodeFacts& node) {
    DiscoveryConf conf = parse_discovery_conf(text, file, node);
    intent.elsewhere += conf.elsewhere;
    intent.lines += conf.lines;
    add_diagnostics(std::move(conf.diagnostics));
    for (EndpointSpec& spec : conf.endpoints) add(std::move(spec));
    intent.texts.emplace(file, std::move(text));
    ++intent.files;
  }

  void add_diagnostics(std::vector<Diagnostic> diagnostics) {
    std::ranges::move(diagnostics, std::back_inserter(intent.diagnostics));
  }
  void report(const std::string& path, Severity severity, std::string message) {
    intent.diagnostics.push_back({{path, 0, 0}, severity, std::move(message)});
  }

  Intent intent{};

 private:
  void add(EndpointSpec spec) {
    if (!spec.held.empty()) {
      intent.endpoints.push_back(std::move(spec));
      return;
    }
    auto [first, is_new] = index_.try_emplace(endpoint_key(spec), intent.endpoints.size());
    if (is_new) {
      intent.endpoints.push_back(std::move(spec));
      return;
    }
    const EndpointSpec& kept = intent.endpoints[first->second];
    if (same_but_for_place(kept, spec)) return;
    intent.diagnostics.push_back({spec.where, Severity::kWarning,
                                  "the same endpoint with other options stands in " + to_string(kept.where) +
                                      "; that line counts, this one does not"});
  }

  std::map<std::string, std::size_t> index_{};
};

void read_one(const std::string& file, const NodeFacts& node, const Intent& last, bool open_for_writing, Union& all) {
  auto known = last.texts.find(file);
  if (open_for_writing && known == last.texts.end()) return;  // new and half-written: not there yet
  FileText now = open_for_writing ? FileText{Kind::kText, known->second, {}} : read_text(file);
  if (now.kind == Kind::kUnreadable) {
    bool kept = known != last.texts.end();
    all.report(file, Severity::kError, now.problem + (kept ? "; its last text still counts" : ""));
    if (kept) now = {Kind::kText, known->second, {}};
  }
  if (now.kind == Kind::kText) all.add_file(file, std::move(now.text), node);
}

/// Without links, as the kernel spells mount points.
std::vector<Diagnostic> mounts_of(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  const base::Result<std::string> mounts = base::read_file("/proc/self/mountinfo", kMountInfoMax);
  if (error || !mounts) return {};
  return stale_mounts(*mounts, real.string());
}

}  // namespace

base::Result<std::vector<std::string>> conf_names(const std::string& directory) {
  std::unique_ptr<DIR, DirectoryCloser> open(opendir(directory.c_str()));
  if (!open) return std::unexpected(base::errno_error(errno, "open directory " + directory));
  std::vector<std::string> names{};
  errno = 0;
  while (const dirent* entry = readdir(open.get())) {
    if (is_conf_name(entry->d_name)) names.emplace_back(entry->d_name);
    errno = 0;
  }
  if (errno != 0) return std::unexpected(base::errno_error(errno, "read directory " + directory));
  std::ranges::sort(names);
  return names;
}

base::Result<Intent> read_directories(const std::vector<std::string>& paths, const NodeFacts& node, const Intent& last,
                                      const std::set<std::string>& unsettled) {
  Union all{};
  std::optional<base::Error> failure;
  bool any = false;
  for (const std::string& path : paths) {
    base::Result<std::vector<std::string>> names = conf_names(path);
    any = any || names;
    if (!names && !failure) failure = names.error();
    if (!names && !last.directories.contains(path)) return std::unexpected(names.error());
    all.intent.directories.insert(path);
    if (names) {
      for (const std::string& name : *names) {
        const std::string file = join(path, name);
        read_one(file, node, last, unsettled.contains(file), all);
      }
      all.add_diagnostics(mounts_of(path));
      continue;
    }
    all.report(path, Severity::kError, names.error().message + "; what was read there last still counts");
    for (const auto& [file, text] : last.texts) {
      if (join(path, file.substr(file.rfind('/') + 1)) == file) all.add_file(file, text, node);
    }
  }
  if (!any && failure) return std::unexpected(*failure);
  const bool held = std::ranges::any_of(all.intent.endpoints, [](const EndpointSpec& spec) { return !spec.held.empty(); });
  all.intent.awaits_labels = node.labels_may_come && held;
  return std::move(all.intent);
}

}  // namespace config
