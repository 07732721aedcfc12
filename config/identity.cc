// The host's NVMe identity from files, made once where there is none. What is there and can't be read or
// understood is never replaced: two identities for one host are worse than none.
#include "config/identity.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/text.h"

namespace config {
namespace {

constexpr std::size_t kIdentityFileMax = 4096;     // one line of at most 222 bytes
constexpr std::size_t kBookMax = 4 * 1024 * 1024;  // some 10,000 host NQNs
constexpr unsigned kFileMode = 0644;               // nvme-cli reads these as any user
constexpr unsigned kFolderMode = 0755;
constexpr std::string_view kUuidNqnPrefix =
    "nqn.2014-08.org.nvmexpress:uuid:";  // NVMe Base specification, NQNs

base::Result<nvme::HostId> random_hostid() {
  std::array<std::uint8_t, 16> bytes{};
  ssize_t got = -1;
  do got = getrandom(bytes.data(), bytes.size(), 0);
  while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(bytes.size()))
    return std::unexpected(base::errno_error(errno, "getrandom"));
  return nvme::HostId::from_random(bytes);
}

/// The UUID that the NQN ends with, if it is of the "…:uuid:<uuid>" kind.
std::optional<nvme::HostId> uuid_in(const nvme::Nqn& nqn) {
  std::size_t at = nqn.str().rfind("uuid:");
  if (at == std::string::npos) return std::nullopt;
  base::Result<nvme::HostId> id = nvme::HostId::parse(std::string_view(nqn.str()).substr(at + 5));
  if (!id) return std::nullopt;
  return *id;
}

base::Result<nvme::Nqn> nqn_of(const nvme::HostId& id) {
  return nvme::Nqn::parse(std::string(kUuidNqnPrefix) + to_string(id));
}

/// ENOTDIR: a part of the path is no directory, so the file isn't there either.
bool is_absence(const base::Error& error) {
  return error.kind == base::ErrorKind::kNotFound || error.code == ENOTDIR;
}

/// Both files of one place. `broken`: at least one is there and can't be used.
struct Place {
  std::optional<nvme::Nqn> nqn{};
  std::optional<nvme::HostId> id{};
  bool broken{false};
};

class IdentityReader {
 public:
  IdentityReader(const AgentConfig& config, HostDefaults& result)
      : host_nqn_(config.host_nqn_path),
        host_id_(config.nvme_host_id_path),
        own_nqn_(config.internal_dir + "/hostnqn"),
        own_id_(config.internal_dir + "/hostid"),
        result_(result) {}

  void read(bool create) {
    if (adopt(create)) return;
    if (create) make();
    else
      warn(host_nqn_, Severity::kWarning,
           "this host has no NVMe identity yet; the agent makes one when it starts");
  }

 private:
  void warn(const std::string& file, Severity severity, std::string message) {
    result_.diagnostics.push_back({{file, 0, 0}, severity, std::move(message)});
  }

  template <class T>
  std::optional<T> read_file(const std::string& path, bool& broken) {
    base::Result<std::string> text = base::read_file(path, kIdentityFileMax);
    if (!text && is_absence(text.error())) return std::nullopt;
    if (!text) {
      broken = true;
      warn(path, Severity::kError, text.error().message + "; it is left as it is");
      return std::nullopt;
    }
    std::string_view line = base::trim(*text);
    if (line.empty()) {
      warn(path, Severity::kWarning, "the file is empty");
      return std::nullopt;
    }
    line = base::trim(line.substr(0, line.find('\n')));
    base::Result<T> value = T::parse(line);
    if (value) return std::move(*value);
    broken = true;
    warn(path, Severity::kError, value.error().message + "; it is left as it is");
    return std::nullopt;
  }

  Place read_place(const std::string& nqn_path, const std::string& id_path) {
    Place place{};
    place.nqn = read_file<nvme::Nqn>(nqn_path, place.broken);
    place.id = read_file<nvme::HostId>(id_path, place.broken);
    return place;
  }

  void settle(nvme::Nqn nqn, nvme::HostId id, std::string source) {
    result_.identity = nvme::HostIdentity{std::move(nqn), id};
    result_.source = std::move(source);
  }

  /// Takes what the files say; false where they say nothing at all.
  bool adopt(bool create) {
    Place host = read_place(host_nqn_, host_id_);
    Place own = read_place(own_nqn_, own_id_);
    if (host.broken || (own.broken && !host.nqn && !host.id)) return true;
    if (host.nqn) adopt_nqn(*host.nqn, host_nqn_, host.id, own, create);
    else if (host.id) adopt_id(*host.id, host_id_);
    else if (own.nqn) adopt_nqn(*own.nqn, own_nqn_, {}, own, create);
    else if (own.id) adopt_id(*own.id, own_id_);
    else return false;
    return true;
  }

  /// A host NQN is there; its hostid stands beside it, in the NQN itself, in our own copy, or is made.
  void adopt_nqn(nvme::Nqn nqn, const std::string& nqn_path, const std::optional<nvme::HostId>& beside,
                 const Place& own, bool create) {
    if (beside) return settle(std::move(nqn), *beside, nqn_path + " and " + host_id_);
    bool nqn_is_own = nqn_path == own_nqn_;
    if (nqn_is_own && own.id) return settle(std::move(nqn), *own.id, nqn_path + " and " + own_id_);
    if (std::optional<nvme::HostId> inside = uuid_in(nqn)) return settle(std::move(nqn), *inside, nqn_path);
    if (own.id) return settle(std::move(nqn), *own.id, nqn_path + " and " + own_id_);
    if (own.broken || !create) {
      return warn(nqn_path, Severity::kWarning, "there is a host NQN but no hostid (" + host_id_ + ")");
    }
    base::Result<nvme::HostId> id = random_hostid();
    if (!id) return warn(host_id_, Severity::kError, id.error().message);
    std::string text = to_string(*id) + "\n";
    for (const std::string& path : {host_id_, own_id_}) {
      if (write(path, text)) return settle(std::move(nqn), *id, nqn_path + " and " + path);
    }
    warn(own_id_, Severity::kError, "no hostid could be kept: " + last_error_);
  }

  void adopt_id(const nvme::HostId& id, const std::string& path) {
    base::Result<nvme::Nqn> nqn = nqn_of(id);
    if (nqn) settle(std::move(*nqn), id, path);
  }

  bool write(const std::string& path, const std::string& text) {
    std::string folder = std::filesystem::path(path).parent_path().string();
    base::Result<void> written =
        folder.empty() ? base::Result<void>{} : base::make_directories(folder, kFolderMode);
    if (written) written = base::create_file_once(path, text, kFileMode);
    lost_race_ = !written && written.error().kind == base::ErrorKind::kExists;
    if (!written) last_error_ = written.error().message;
    return written.has_value();
  }

  /// The hostid is written first: from it alone the same pair comes again, should we be killed in between.
  void make() {
    base::Result<nvme::HostId> id = random_hostid();
    base::Result<nvme::Nqn> nqn = id ? nqn_of(*id) : base::Result<nvme::Nqn>(std::unexpected(id.error()));
    if (!nqn) return warn(host_id_, Severity::kError, nqn.error().message);
    std::pair<std::string, std::string> places[] = {{host_nqn_, host_id_}, {own_nqn_, own_id_}};
    for (const auto& [nqn_path, id_path] : places) {
      if (!write(id_path, to_string(*id) + "\n")) {
        if (lost_race_ && adopt(false)) return;
        continue;
      }
      std::string source = id_path;
      if (write(nqn_path, nqn->str() + "\n")) source = nqn_path + " and " + id_path;
      else if (lost_race_ && adopt(false)) return;
      else warn(nqn_path, Severity::kWarning, "not written: " + last_error_);
      return settle(std::move(*nqn), *id, source + " (new)");
    }
    warn(own_id_, Severity::kError, "no identity could be kept: " + last_error_);
  }

  std::string host_nqn_;
  std::string host_id_;
  std::string own_nqn_;
  std::string own_id_;
  std::string last_error_{};
  bool lost_race_{false};  ///< the last write found a file that was not there before
  HostDefaults& result_;
};

/// Nothing where the text is not a book as we write it.
std::optional<std::map<std::string, nvme::HostId>> parse_book(const std::string& text) {
  auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth <= 2; };
  const nlohmann::json book = nlohmann::json::parse(text, shallow, false);
  if (!book.is_object()) return std::nullopt;
  std::map<std::string, nvme::HostId> ids{};
  for (const auto& [name, value] : book.items()) {
    if (!nvme::Nqn::parse(name) || !value.is_string()) return std::nullopt;
    base::Result<nvme::HostId> id = nvme::HostId::parse(value.get_ref<const std::string&>());
    if (!id) return std::nullopt;
    ids.emplace(name, *id);
  }
  return ids;
}

}  // namespace

HostDefaults read_host_defaults(const AgentConfig& config, bool create) {
  HostDefaults result{};
  IdentityReader(config, result).read(create);
  return result;
}

std::vector<Diagnostic> HostIdBook::load() {
  ids_.clear();
  readable_ = false;
  base::Result<std::string> text = base::read_file(path_, kBookMax);
  if (!text && !is_absence(text.error())) {
    return {{{path_, 0, 0}, Severity::kError, text.error().message + "; it is left as it is"}};
  }
  readable_ = true;
  if (!text) return {};
  if (auto ids = parse_book(*text)) {
    ids_ = std::move(*ids);
    return {};
  }
  std::string aside = path_ + ".corrupt";
  readable_ = std::rename(path_.c_str(), aside.c_str()) == 0;
  return {{{path_, 0, 0},
           Severity::kWarning,
           "the file is damaged" + (readable_ ? "; set aside as " + aside : std::string())}};
}

base::Result<nvme::HostId> HostIdBook::id_for(const nvme::Nqn& hostnqn) {
  if (auto kept = ids_.find(hostnqn.str()); kept != ids_.end()) return kept->second;
  if (!readable_) {
    return base::fail(base::ErrorKind::kIo,
                      path_ + " can't be read, so no hostid for " + hostnqn.str() + " is made");
  }
  base::Result<nvme::HostId> id = random_hostid();
  if (!id) return id;
  nlohmann::json book = nlohmann::json::object();
  for (const auto& [name, kept] : ids_) book[name] = to_string(kept);
  book[hostnqn.str()] = to_string(*id);
  std::string text = book.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  base::Result<void> written = base::write_file_atomic(path_, text, kFileMode);
  if (!written)
    return std::unexpected(std::move(written).error().with_context("keep a hostid for " + hostnqn.str()));
  ids_.emplace(hostnqn.str(), *id);
  return id;
}

}  // namespace config
