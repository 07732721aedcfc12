// discovery.d as a whole: every file read, every time; and a watcher that says when to read it again.
#pragma once

#include <asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/discovery_conf.h"

namespace config {

/// What the files say together.
struct Intent {
  std::vector<EndpointSpec> endpoints{};     ///< union of all files, duplicates removed, in file-name then line order
  std::vector<Diagnostic> diagnostics{};
  std::map<std::string, std::string> texts{};  ///< path -> text last read: held while a writer has the file open
  std::set<std::string> directories{};       ///< that were read, now or before
  int files{0};                              ///< files that were read
  int elsewhere{0};                          ///< lines that are for other nodes
  bool awaits_labels{false};                 ///< lines are held, and the answer that decides is under way
  int lines{0};                              ///< of them, that hold something besides blanks and comments
  friend bool operator==(const Intent&, const Intent&) = default;
};

/// Reads each directory once. Skipped: names that begin with '.' or "tmp.dc.", and everything that is no regular file
/// (symbolic links are followed: a ConfigMap's entries are links into ..data). Files over 1 MiB are a diagnostic.
/// `unsettled` files (paths) keep their text from `last`; so does a file that is there and can't be read (with a
/// diagnostic), and so do all files of a directory that could be read before and another of which can be read now.
/// Otherwise kNotFound and kDenied are of the directory itself: unknown, not empty.
base::Result<Intent> read_directories(const std::vector<std::string>& paths, const NodeFacts& node = {}, const Intent& last = {},
                                      const std::set<std::string>& unsettled = {});

/// inotify on the directory (and on its parent, so that a replaced directory is seen). Any event leads to one call
/// of `on_settled` once nothing has happened for `settle` (at once where all that happened is that new files came, whole,
/// and there was no call for as long); the argument names files that a writer still has open
/// (modified, not closed; at most for 5 s), so that a half-written file costs nothing.
class DirectoryWatcher {
 public:
  using OnSettled = std::function<void(const std::set<std::string>& unsettled)>;
  static base::Result<std::unique_ptr<DirectoryWatcher>> open(asio::any_io_executor loop, std::string path,
                                                              std::chrono::milliseconds settle, OnSettled on_settled);
  ~DirectoryWatcher();

 private:
  struct State;
  explicit DirectoryWatcher(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace config
