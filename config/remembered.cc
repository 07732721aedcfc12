// internal.json to and from values. The seed's keys are written so that the seed can read them; ours stand
// under "dc". Whatever is read was perhaps written by somebody else: every type and range is checked, nothing
// is thrown.
#include "config/remembered.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "config/wall_time.h"
#include "nvme/nqn.h"

namespace config {
namespace {

using nlohmann::json;

constexpr std::size_t kFileMax = 64 * 1024 * 1024;  // some 400,000 log entries
constexpr int kNestingMax = 8;                      // ours has 6; deeper would only cost memory
constexpr int kDepthMax = 8;  // referrals away from a configured endpoint (DESIGN.md, 4)
constexpr std::size_t kLogFields = 12;

json encode_log(const nvme::LogPage& log, base::WallTime read_at) {
  json entries = json::array();
  for (const nvme::LogEntry& e : log.entries) {  // one array an entry: a tenth of the size of objects
    json fields = json::array();
    for (unsigned number :
         {unsigned{e.trtype}, unsigned{e.adrfam}, unsigned{e.subtype}, unsigned{e.treq}, unsigned{e.portid},
          unsigned{e.cntlid}, unsigned{e.asqsz}, unsigned{e.eflags}, unsigned{e.sectype}}) {
      fields.push_back(number);
    }
    for (const std::string* text : {&e.trsvcid, &e.subnqn, &e.traddr}) fields.push_back(*text);
    entries.push_back(std::move(fields));
  }
  json result = json::object();
  result["genctr"] = log.genctr;
  result["read_at"] = base::to_string(read_at);
  result["entries"] = std::move(entries);
  return result;
}

json encode_endpoint(const RememberedEndpoint& endpoint) {
  json ours = json::object();
  ours["host_iface"] = endpoint.transport.host_iface;
  ours["referrer"] = endpoint.referrer;
  ours["depth"] = endpoint.depth;
  ours["file"] = endpoint.configured_at.file;
  ours["line"] = endpoint.configured_at.line;
  ours["column"] = endpoint.configured_at.column;
  if (endpoint.log) ours["log"] = encode_log(*endpoint.log, endpoint.log_read_at);
  json entry = json::object();
  entry["Transport"] = "tcp";
  entry["Trsvcid"] = endpoint.transport.trsvcid;
  entry["Traddr"] = nvme::to_string(endpoint.transport.traddr);
  entry["Hostnqn"] = endpoint.hostnqn;
  entry["Hostid"] = endpoint.hostid;
  entry["Subsysnqn"] = endpoint.group;
  entry["Persistent"] = true;
  entry["Hostaddr"] = endpoint.transport.host_traddr ? nvme::to_string(*endpoint.transport.host_traddr) : "";
  entry["EntrySource"] = endpoint.referrer.empty() ? "user" : "referral";
  entry["CtrlLossTMO"] = nullptr;
  entry["dc"] = std::move(ours);
  return entry;
}

/// Takes members out of one JSON object; the first thing that is wrong stays in `problem`.
class Members {
 public:
  Members(const json& object, std::string& problem) : object_(object), problem_(problem) {
    if (!object.is_object()) refuse("", "an object");
  }

  std::string text(const char* name) {
    const json* value = find(name);
    if (value == nullptr) return {};
    if (value->is_string()) return value->get<std::string>();
    refuse(name, "text");
    return {};
  }

  std::int64_t number(const char* name, std::int64_t low, std::int64_t high, std::int64_t missing) {
    const json* value = find(name);
    if (value == nullptr) return missing;
    std::optional<std::int64_t> number = in_range(*value, low, high);
    if (!number) refuse(name, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return number.value_or(missing);
  }

  std::uint64_t count(const char* name) {
    const json* value = find(name);
    if (value == nullptr) return 0;
    if (value->is_number_unsigned()) return value->get<std::uint64_t>();
    refuse(name, "a whole number");
    return 0;
  }

  base::WallTime time(const char* name) {
    std::string value = text(name);
    if (value.empty()) return {};
    std::optional<base::WallTime> time = parse_rfc3339(value);
    if (!time) refuse(name, "a time as in RFC 3339");
    return time.value_or(base::WallTime{});
  }

  /// Null where it is missing or null.
  const json* find(const char* name) const {
    if (!object_.is_object()) return nullptr;
    auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  void refuse(const std::string& name, const std::string& expected) {
    if (problem_.empty()) problem_ = (name.empty() ? "" : name + ": ") + "expected " + expected;
  }

  static std::optional<std::int64_t> in_range(const json& value, std::int64_t low, std::int64_t high) {
    if (!value.is_number_integer()) return std::nullopt;
    if (value.is_number_unsigned() &&
        value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return std::nullopt;
    }
    std::int64_t number = value.get<std::int64_t>();
    if (number < low || number > high) return std::nullopt;
    return number;
  }

 private:
  const json& object_;
  std::string& problem_;
};

std::optional<nvme::LogEntry> decode_entry(const json& fields) {
  if (!fields.is_array() || fields.size() != kLogFields) return std::nullopt;
  constexpr std::int64_t kLimits[] = {0xff, 0xff, 0xff, 0xff, 0xffff, 0xffff, 0xffff, 0xffff, 0xff};
  std::uint16_t numbers[std::size(kLimits)]{};
  for (std::size_t i = 0; i < std::size(kLimits); ++i) {
    std::optional<std::int64_t> number = Members::in_range(fields[i], 0, kLimits[i]);
    if (!number) return std::nullopt;
    numbers[i] = static_cast<std::uint16_t>(*number);
  }
  for (std::size_t i = std::size(kLimits); i < kLogFields; ++i) {
    if (!fields[i].is_string()) return std::nullopt;
  }
  auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(numbers[i]); };
  return nvme::LogEntry{.trtype = byte(0),
                        .adrfam = byte(1),
                        .subtype = byte(2),
                        .treq = byte(3),
                        .portid = numbers[4],
                        .cntlid = numbers[5],
                        .asqsz = numbers[6],
                        .eflags = numbers[7],
                        .trsvcid = fields[9].get<std::string>(),
                        .subnqn = fields[10].get<std::string>(),
                        .traddr = fields[11].get<std::string>(),
                        .sectype = byte(8)};
}

nvme::LogPage decode_log(const json& object, base::WallTime& read_at, std::string& problem) {
  Members members(object, problem);
  nvme::LogPage page{.genctr = members.count("genctr")};
  read_at = members.time("read_at");
  const json* entries = members.find("entries");
  if (entries == nullptr) return page;
  if (!entries->is_array()) members.refuse("entries", "a list");
  for (std::size_t i = 0; problem.empty() && i < entries->size(); ++i) {
    std::optional<nvme::LogEntry> entry = decode_entry((*entries)[i]);
    if (!entry) members.refuse("log entry " + std::to_string(i), "9 numbers and 3 texts in range");
    else page.entries.push_back(std::move(*entry));
  }
  return page;
}

void decode_ours(const json& object, RememberedEndpoint& endpoint, std::string& problem) {
  Members members(object, problem);
  constexpr std::int64_t kPlaceMax = std::numeric_limits<int>::max();
  endpoint.transport.host_iface = members.text("host_iface");
  endpoint.referrer = members.text("referrer");
  endpoint.depth = static_cast<int>(members.number("depth", 0, kDepthMax, 0));
  endpoint.configured_at.file = members.text("file");
  endpoint.configured_at.line = static_cast<int>(members.number("line", 0, kPlaceMax, 0));
  endpoint.configured_at.column = static_cast<int>(members.number("column", 0, kPlaceMax, 0));
  if (!endpoint.transport.host_iface.empty() && !nvme::is_interface_name(endpoint.transport.host_iface)) {
    members.refuse("host_iface", "an interface name");
  }
  if (const json* log = members.find("log")) endpoint.log = decode_log(*log, endpoint.log_read_at, problem);
}

/// Nothing, without a problem, for a host name: the seed writes them; they stand in the files as well.
std::optional<RememberedEndpoint> decode_endpoint(const json& object, std::string& problem) {
  Members members(object, problem);
  RememberedEndpoint endpoint{};
  std::string traddr = members.text("Traddr");
  std::string host_traddr = members.text("Hostaddr");
  endpoint.transport.trsvcid =
      static_cast<std::uint16_t>(members.number("Trsvcid", 1, 65535, nvme::kDiscoveryPort));
  endpoint.hostnqn = members.text("Hostnqn");
  endpoint.hostid = members.text("Hostid");
  endpoint.group = members.text("Subsysnqn");
  std::string source = members.text("EntrySource");
  std::string transport = members.text("Transport");
  if (!transport.empty() && transport != "tcp") members.refuse("Transport", "tcp");
  if (!endpoint.hostnqn.empty() && !nvme::Nqn::parse(endpoint.hostnqn)) members.refuse("Hostnqn", "an NQN");
  if (!endpoint.group.empty() && !nvme::Nqn::parse(endpoint.group)) members.refuse("Subsysnqn", "an NQN");
  if (!endpoint.hostid.empty() && !nvme::HostId::parse(endpoint.hostid)) members.refuse("Hostid", "a UUID");
  if (const json* ours = members.find("dc")) {
    decode_ours(*ours, endpoint, problem);
  } else if (source == "referral" || source == "internal") {
    endpoint.referrer = kUnknownReferrer;
    endpoint.depth = 1;
  }
  if (!host_traddr.empty()) {
    base::Result<nvme::IpAddress> address = nvme::IpAddress::parse(host_traddr);
    if (address) endpoint.transport.host_traddr = *address;
    else members.refuse("Hostaddr", "an IP address");
  }
  base::Result<nvme::IpAddress> address = nvme::IpAddress::parse(traddr);
  if (!address || !problem.empty()) return std::nullopt;
  endpoint.transport.traddr = *address;
  return endpoint;
}

}  // namespace

/// One endpoint at a time: the whole as a tree would take many times the memory of its text.
std::string encode_remembered(const Remembered& remembered) {
  const auto text_of = [](const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); };
  std::string out = R"({"creation_time":)" + text_of(base::to_string(remembered.written_at));
  out += R"(,"dc":{"format":1},"entries":[)";  // the seed keeps no "dc"
  for (const RememberedEndpoint& endpoint : remembered.endpoints) {
    if (out.back() == '}') out += ',';
    out += text_of(encode_endpoint(endpoint));
  }
  return out + "]}\n";
}

base::Result<Remembered> decode_remembered(std::string_view text) {
  if (text.size() > kFileMax) return base::fail(base::ErrorKind::kInvalid, "larger than 64 MiB");
  auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= kNestingMax; };
  const json file = json::parse(text.begin(), text.end(), shallow, false);
  if (file.is_discarded()) return base::fail(base::ErrorKind::kInvalid, "not JSON");
  std::string problem{};
  Members members(file, problem);
  Remembered remembered{.written_at = members.time("creation_time")};
  remembered.by_the_seed = members.find("dc") == nullptr;
  const json* entries = members.find("entries");
  if (entries != nullptr && !entries->is_array()) members.refuse("entries", "a list");
  for (std::size_t i = 0; entries != nullptr && problem.empty() && i < entries->size(); ++i) {
    std::optional<RememberedEndpoint> endpoint = decode_endpoint((*entries)[i], problem);
    if (!problem.empty()) problem = "entry " + std::to_string(i) + ": " + problem;
    if ((*entries)[i].is_object() && (*entries)[i].contains("dc")) remembered.by_the_seed = false;
    if (endpoint) remembered.endpoints.push_back(std::move(*endpoint));
  }
  if (!problem.empty()) return base::fail(base::ErrorKind::kInvalid, problem);
  return remembered;
}

LoadedRemembered load_remembered(const std::string& path) {
  auto warning = [&](std::string message) {
    return LoadedRemembered{{}, {{{path, 0, 0}, Severity::kWarning, std::move(message)}}};
  };
  base::Result<std::string> text = base::read_file(path, kFileMax);
  if (!text && text.error().kind == base::ErrorKind::kNotFound) return {};
  if (!text && text.error().kind != base::ErrorKind::kInvalid)
    return warning(text.error().message + "; starting from the files");
  base::Result<Remembered> remembered =
      text ? decode_remembered(*text) : base::Result<Remembered>(std::unexpected(text.error()));
  if (remembered) return {std::move(*remembered), {}};
  std::string aside = path + ".corrupt";
  bool moved = std::rename(path.c_str(), aside.c_str()) == 0;
  return warning(remembered.error().message + "; starting from the files" +
                 (moved ? ", set aside as " + aside : ""));
}

std::optional<base::WallTime> changed_at(const std::vector<std::string>& directories) {
  std::optional<base::WallTime> newest;
  for (const std::string& directory : directories) {
    struct stat entry{};
    if (::stat(directory.c_str(), &entry) != 0) continue;
    const auto since_epoch = std::chrono::seconds(entry.st_mtim.tv_sec) + std::chrono::nanoseconds(entry.st_mtim.tv_nsec);
    const base::WallTime changed(std::chrono::floor<std::chrono::milliseconds>(since_epoch));
    newest = std::max(newest, std::optional(changed));  // nothing is less than any time
  }
  return newest;
}

void apply_freshness(LoadedRemembered& loaded, std::optional<base::WallTime> directory_changed) {
  Remembered& remembered = loaded.remembered;
  if (!remembered.by_the_seed || remembered.endpoints.empty()) return;
  if (!directory_changed || *directory_changed <= remembered.written_at) return;
  remembered.endpoints.clear();
  loaded.diagnostics.push_back({{}, Severity::kWarning,
                                "internal.json of an earlier client is from " + base::to_string(remembered.written_at) +
                                    ", and clientConfigDir changed at " + base::to_string(*directory_changed) +
                                    ": starting from the files"});
}

base::Result<void> save_remembered(const std::string& path, const Remembered& remembered) {
  return base::write_file_atomic(path, encode_remembered(remembered), 0644);
}

}  // namespace config
