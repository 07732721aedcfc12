// One look at discovery.d: list, read, parse, unite. Keeps nothing between looks but what it is given back.
#include "config/directory.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "config/directory_names.h"

namespace config {
namespace {

constexpr std::size_t kFileMax = 1024 * 1024;  // 10,000 lines of a hundred bytes

struct DirectoryCloser {
  void operator()(DIR* directory) const { closedir(directory); }
};

std::string join(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

base::Result<std::vector<std::string>> list_names(const std::string& path) {
  std::unique_ptr<DIR, DirectoryCloser> directory(opendir(path.c_str()));
  if (!directory) return std::unexpected(base::errno_error(errno, "open directory " + path));
  std::vector<std::string> names{};
  errno = 0;
  while (const dirent* entry = readdir(directory.get())) {
    if (is_conf_name(entry->d_name)) names.emplace_back(entry->d_name);
    errno = 0;
  }
  if (errno != 0) return std::unexpected(base::errno_error(errno, "read directory " + path));
  std::ranges::sort(names);
  return names;
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
  void add(DiscoveryConf conf) {
    std::ranges::move(conf.diagnostics, std::back_inserter(intent.diagnostics));
    for (EndpointSpec& spec : conf.endpoints) add(std::move(spec));
  }

  void report(const std::string& path, Severity severity, std::string message) {
    intent.diagnostics.push_back({{path, 0, 0}, severity, std::move(message)});
  }

  Intent intent{};

 private:
  void add(EndpointSpec spec) {
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

}  // namespace

base::Result<Intent> read_directory(const std::string& path, const Intent& last,
                                    const std::set<std::string>& unsettled) {
  base::Result<std::vector<std::string>> names = list_names(path);
  if (!names) return std::unexpected(names.error());
  Union all{};
  for (const std::string& name : *names) {
    std::string file = join(path, name);
    auto known = last.texts.find(name);
    bool open_for_writing = unsettled.contains(name);
    if (open_for_writing && known == last.texts.end()) continue;  // new and half-written: not there yet
    FileText now = open_for_writing ? FileText{Kind::kText, known->second, {}} : read_text(file);
    if (now.kind == Kind::kUnreadable) {
      bool kept = known != last.texts.end();
      all.report(file, Severity::kError, now.problem + (kept ? "; its last text still counts" : ""));
      if (kept) now = {Kind::kText, known->second, {}};
    }
    if (now.kind != Kind::kText) continue;
    all.add(parse_discovery_conf(now.text, file));
    all.intent.texts.emplace(name, std::move(now.text));
    ++all.intent.files;
  }
  return std::move(all.intent);
}

}  // namespace config
