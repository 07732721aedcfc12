// inotify as "look again": collects events until they pause, then calls once. Decides nothing from an event
// except which files somebody is writing at the moment, and whether there is anything to wait for: a new file that
// has come whole takes nothing away, so it is read at once. Losing events (overflow) loses nothing.
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/time.h"
#include "config/directory.h"
#include "config/directory_names.h"

namespace config {
namespace {

using std::chrono::milliseconds;

constexpr auto kWriterPatience =
    std::chrono::seconds{5};  // a writer that holds a file longer will not finish soon
constexpr auto kSettleMax = std::chrono::seconds{5};  // events without a pause: look all the same
constexpr auto kRewatch =
    std::chrono::seconds{1};  // directory and parent both gone: nothing tells of their return

// IN_OPEN tells a file that is being written (create, open) from a link that is just there (create).
constexpr std::uint32_t kDirectoryMask = IN_CREATE | IN_OPEN | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB |
                                         IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
                                         IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kParentMask =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF | IN_ONLYDIR;

bool is_absence(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

std::pair<std::string, std::string> split_parent(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

struct DirectoryWatcher::State : std::enable_shared_from_this<State> {
  State(const asio::any_io_executor& loop, std::string directory, milliseconds settle_time,
        OnSettled callback, int fd)
      : path(std::move(directory)),
        settle(settle_time),
        on_settled(std::move(callback)),
        stream(loop, fd),
        quiet(loop),
        patience(loop),
        rewatch(loop) {
    std::tie(parent_path, name) = split_parent(path);
  }

  /// Adding a watch again on the same directory changes nothing; on another one under the same name, it moves
  /// over. An errno other than "not there" is returned.
  int watch() {
    int failure = 0;
    auto add = [&](const std::string& what, std::uint32_t mask, int& watch_id) {
      int id = inotify_add_watch(stream.native_handle(), what.c_str(), mask);
      if (id < 0 && !is_absence(errno)) failure = errno;
      if (watch_id >= 0 && id != watch_id) inotify_rm_watch(stream.native_handle(), watch_id);
      watch_id = id;
    };
    add(parent_path, kParentMask, parent_watch);
    add(path, kDirectoryMask, directory_watch);
    if (directory_watch < 0 && parent_watch < 0) retry_watch();
    return failure;
  }

  void retry_watch() {
    rewatch.expires_after(kRewatch);
    rewatch.async_wait([self = weak_from_this()](std::error_code error) {
      std::shared_ptr<State> state = self.lock();
      if (error || !state) return;
      state->watch();
      state->only_new = false;
      if (state->directory_watch >= 0) state->wake();
    });
  }

  void read_events() {
    stream.async_read_some(asio::buffer(buffer),
                           [self = weak_from_this()](std::error_code error, std::size_t size) {
                             std::shared_ptr<State> state = self.lock();
                             if (error || !state) return;
                             state->take_events(size);
                             state->read_events();
                           });
  }

  void take_events(std::size_t size) {
    bool look = false;
    if (!first_event) only_new = true;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* text = buffer.data() + at + sizeof event;
      std::string_view event_name(text, event.len == 0 ? 0 : strnlen(text, event.len));
      const Change change = take_event(event, event_name);
      look = look || change != Change::kNone;
      if (change == Change::kAny) only_new = false;
      at += sizeof event + event.len;
    }
    if (look) wake();
  }

  /// What may have changed in the directory.
  enum class Change { kNone, kNewFile, kAny };

  Change take_event(const inotify_event& event, std::string_view event_name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      writers.clear();  // their closing may have been among what was lost
      return Change::kAny;
    }
    if (event.wd == parent_watch && event.wd != directory_watch) {
      if ((event.mask & IN_IGNORED) != 0) parent_watch = -1;
      if ((event.mask & (IN_IGNORED | IN_MOVE_SELF)) == 0 && event_name != name) return Change::kNone;
      watch();
      return Change::kAny;
    }
    if (event.wd != directory_watch) return Change::kNone;  // what was queued for a directory that has been replaced
    if ((event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
      if ((event.mask & IN_IGNORED) != 0) directory_watch = -1;
      writers.clear();
      watch();
      return Change::kAny;
    }
    if (event_name.empty())  // the directory itself: perhaps readable now
      return (event.mask & IN_ATTRIB) != 0 ? Change::kAny : Change::kNone;
    if (is_kubelet_name(event_name))
      return (event.mask & (IN_OPEN | IN_MODIFY | IN_CLOSE_WRITE)) == 0 ? Change::kAny : Change::kNone;
    if (!is_conf_name(event_name) || (event.mask & IN_ISDIR) != 0) return Change::kNone;
    return take_file_event(event.mask, std::string(event_name));
  }

  Change take_file_event(std::uint32_t mask, const std::string& file) {
    constexpr std::uint32_t kTakenAway = IN_DELETE | IN_MOVED_FROM;
    const Change change = known.contains(file) || (mask & kTakenAway) != 0 ? Change::kAny : Change::kNewFile;
    if ((mask & IN_OPEN) != 0) {  // readers, we among them, open files too
      if (created.erase(file) == 0) return Change::kNone;
      writers.try_emplace(file, base::Clock::now());
      return change;
    }
    if ((mask & IN_CREATE) != 0) created.insert(file);
    if ((mask & IN_MODIFY) != 0) writers.try_emplace(file, base::Clock::now());
    if ((mask & (IN_CLOSE_WRITE | kTakenAway | IN_MOVED_TO)) != 0) writers.erase(file);
    return change;
  }

  /// Something happened: look once it has been quiet for `settle`; at once where there are only new files, all of
  /// them whole, and the last look is long enough ago for a series of them not to cost a look each.
  void wake() {
    base::TimePoint now = base::Clock::now();
    if (!first_event) first_event = now;
    const bool at_once = only_new && writers.empty() && created.empty() && (!last_look || now - *last_look >= settle);
    quiet.expires_at(std::min<base::TimePoint>(now + (at_once ? milliseconds(0) : settle),
                                               *first_event + std::max<base::Duration>(kSettleMax, settle)));
    quiet.async_wait([self = weak_from_this()](std::error_code error) {
      std::shared_ptr<State> state = self.lock();
      if (!error && state) state->look();
    });
  }

  void look() {
    first_event.reset();
    created.clear();
    watch();  // no event tells of a mount on top of the directory, or of what an overflow took
    remember_names();
    base::TimePoint now = base::Clock::now();
    last_look = now;
    std::erase_if(writers, [&](const auto& writer) { return writer.second + kWriterPatience <= now; });
    std::set<std::string> unsettled{};
    base::TimePoint earliest = base::kNever;
    for (const auto& [file, since] : writers) {
      unsettled.insert(file);
      earliest = std::min<base::TimePoint>(earliest, since + kWriterPatience);
    }
    if (unsettled.empty()) patience.cancel();
    else wait_for_writers(earliest);
    OnSettled call = on_settled;  // which may end this watcher
    if (call) call(unsettled);
  }

  /// Before the files are read: one that comes in between is taken for known, and waited for.
  void remember_names() {
    known.clear();
    if (base::Result<std::vector<std::string>> names = conf_names(path)) known.insert(names->begin(), names->end());
  }

  void wait_for_writers(base::TimePoint until) {
    patience.expires_at(until);
    patience.async_wait([self = weak_from_this()](std::error_code error) {
      std::shared_ptr<State> state = self.lock();
      if (!error && state) state->look();
    });
  }

  void stop() {
    on_settled = nullptr;
    quiet.cancel();
    patience.cancel();
    rewatch.cancel();
    std::error_code ignored;
    stream.close(ignored);
  }

  std::string path;
  std::string parent_path{};
  std::string name{};
  milliseconds settle;
  OnSettled on_settled;
  asio::posix::stream_descriptor stream;
  asio::steady_timer quiet;     ///< runs while events come
  asio::steady_timer patience;  ///< runs while somebody has a file open for writing
  asio::steady_timer rewatch;
  int directory_watch{-1};
  int parent_watch{-1};
  std::set<std::string> created{};                   ///< since the last look, and not known to be open
  std::map<std::string, base::TimePoint> writers{};  ///< file -> since when it is being written
  std::optional<base::TimePoint> first_event{};
  bool only_new{false};           ///< since then nothing has happened but that new files came
  std::set<std::string> known{};  ///< conf_names() at the last look
  std::optional<base::TimePoint> last_look{};
  std::array<char, 16 * 1024> buffer{};
};

base::Result<std::unique_ptr<DirectoryWatcher>> DirectoryWatcher::open(asio::any_io_executor loop,
                                                                       std::string path, milliseconds settle,
                                                                       OnSettled on_settled) {
  int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return std::unexpected(base::errno_error(errno, "inotify (see fs.inotify.max_user_instances)"));
  auto state = std::make_shared<State>(loop, path, settle, std::move(on_settled), fd);
  if (int failure = state->watch(); failure != 0) {
    return std::unexpected(
        base::errno_error(failure, "watch " + path + " (see fs.inotify.max_user_watches)"));
  }
  state->remember_names();
  state->read_events();
  return std::unique_ptr<DirectoryWatcher>(new DirectoryWatcher(std::move(state)));
}

DirectoryWatcher::DirectoryWatcher(std::shared_ptr<State> state) : state_(std::move(state)) {}

DirectoryWatcher::~DirectoryWatcher() { state_->stop(); }

}  // namespace config
