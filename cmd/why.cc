// Finds what the subject is, then builds each chain link by link; every link is a "step" with a sentence and its facts.
#include "cmd/why.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "cmd/near.h"
#include "cmd/verdict.h"
#include "cmd/why_words.h"
#include "nvme/address.h"

namespace cmd {
namespace {

constexpr std::size_t kChangesShown = 5;
constexpr std::size_t kKernelLinesShown = 6;  // a failed connect says about 5
constexpr int kDepthLimit = 8;                // of referrals, as the agent's

std::string ago(double seconds) { return age_of(seconds) + " ago"; }
std::string counted(std::uint64_t count, const std::string& word) { return std::to_string(count) + " " + word + (count == 1 ? "" : "s"); }

Json step(const char* name, std::string says) {
  Json out = Json::object();
  out["step"] = name;
  out["says"] = std::move(says);
  return out;
}

/// `place` ("10.0.0.1", "10.0.0.1:4420", "[fd00::1]:4420") is where `item` goes.
bool goes_to(const Json& item, const std::string& place) {
  const auto traddr = nvme::IpAddress::parse(raw_text(item, "traddr"));
  if (!traddr) return false;
  const std::string bare = place.starts_with('[') && place.ends_with(']') ? place.substr(1, place.size() - 2) : place;
  if (const auto address = nvme::IpAddress::parse(bare)) return *address == *traddr;
  const std::size_t colon = place.rfind(':');
  if (colon == std::string::npos) return false;
  std::string host = place.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = nvme::IpAddress::parse(host);
  return address && *address == *traddr && raw_text(item, "trsvcid") == place.substr(colon + 1);
}

bool is_service(const Json& endpoint, const std::string& word) {
  if (goes_to(endpoint, word)) return true;
  const std::string host = raw_text(endpoint, "host");
  return !host.empty() && (host == word || host + ":" + raw_text(endpoint, "trsvcid") == word);
}

class Chains {
 public:
  explicit Chains(const WhyInput& input) : input_(input), status_(input.status) {
    for (const Json& endpoint : list_of(status_, "endpoints")) {
      if (endpoint.is_object()) services_[raw_text(endpoint, "address")].push_back(&endpoint);
    }
  }

  Json of_path(const Json& path) const {
    Json chain = Json::array();
    put_wanted(chain, path);
    put_state(chain, path);
    put_tried(chain, path);
    put_kernel_log(chain, path);
    put_hold(chain, path);
    put_next(chain, path, raw_text(path, "state") == "live");
    put_changes(chain, raw_text(path, "subnqn") + " at " + portal_of(path));
    return chain;
  }

  Json of_service(const Json& endpoint) const {
    Json chain = Json::array();
    for (const Json& origin : list_of(endpoint, "origins")) {
      Json link = step("wanted", origin_words(origin, 0));
      link["origin"] = origin;
      chain.push_back(link);
    }
    Json session = step("session", session_words(endpoint));
    session["session"] = raw_text(endpoint, "session");
    chain.push_back(session);
    put_tried(chain, endpoint);
    Json lists = step("lists", lists_words(endpoint));
    lists["log"] = endpoint.contains("log") ? endpoint["log"] : Json();
    chain.push_back(lists);
    for (const Json& refused : list_of(status_, "refused")) {
      if (raw_text(refused, "endpoint") != raw_text(endpoint, "address")) continue;
      chain.push_back(step("refused", "entry " + text_of(refused, "index") + " of its log page is not used: " + text_of(object_of(refused, "error"), "message")));
    }
    put_hold(chain, endpoint);
    put_next(chain, endpoint, raw_text(endpoint, "session") == "up");
    put_changes(chain, raw_text(endpoint, "address"));
    return chain;
  }

 private:
  std::string origin_words(const Json& origin, int depth) const {
    const std::string kind = text_of(origin, "kind");
    const std::string where = text_of(origin, "where");
    const std::string referrer = raw_text(origin, "referrer");
    if (kind == "configured") return "configured in " + where;
    if (kind == "detected") return "no configuration; taken from the controllers that were there" + (where.empty() ? "" : " (" + where + ")");
    if (kind == "remembered") return "remembered from before the agent's start" + (referrer.empty() ? "" : ", named by " + base::printable(referrer));
    std::string out = "a referral of " + base::printable(referrer);
    if (depth >= kDepthLimit) return out;
    for (const auto& [address, endpoints] : services_) {
      for (const Json* endpoint : endpoints) {
        if (!goes_to(*endpoint, referrer)) continue;
        const Json& origins = list_of(*endpoint, "origins");
        if (!origins.empty()) return out + ", which is " + origin_words(origins.front(), depth + 1);
      }
    }
    return out;
  }

  /// One for each service whose log page lists it: from the configuration's line to the entry.
  void put_wanted(Json& chain, const Json& path) const {
    if (!flag_of(path, "desired")) {
      chain.push_back(step("wanted", "by nobody: no discovery service lists it; it is left as it is, the agent never disconnects"));
      return;
    }
    for (const Json& name : list_of(path, "named_by")) {
      if (!name.is_string()) continue;
      const auto found = services_.find(name.get<std::string>());
      if (found == services_.end()) {
        chain.push_back(step("wanted", "listed by " + base::printable(name.get<std::string>())));
        continue;
      }
      for (const Json* endpoint : found->second) {
        const Json& origins = list_of(*endpoint, "origins");
        std::string says = "listed by " + service_name(*endpoint);
        if (!origins.empty()) says += ", " + origin_words(origins.front(), 0);
        says += "; in " + log_words(*endpoint) + "; " + session_words(*endpoint);
        Json link = step("wanted", std::move(says));
        link["service"] = raw_text(*endpoint, "address");
        link["cluster"] = raw_text(*endpoint, "group");
        link["log"] = endpoint->contains("log") ? (*endpoint)["log"] : Json();
        link["session"] = raw_text(*endpoint, "session");
        link["origins"] = origins;
        chain.push_back(link);
      }
    }
    if (flag_of(path, "stale")) chain.push_back(step("stale", "every service that lists it is out of reach; it stays wanted, since unknown is not absent"));
  }

  static std::string service_name(const Json& endpoint) {
    std::string out = portal_of(endpoint);
    if (const std::string host = text_of(endpoint, "host"); !host.empty() && host != text_of(endpoint, "traddr")) out += " (" + host + ")";
    return out;
  }

  static std::string log_words(const Json& endpoint) {
    const Json& log = object_of(endpoint, "log");
    if (log.empty()) return "a log page that is not known";
    std::string out = "generation " + text_of(log, "genctr") + " of its log page";
    return out + (flag_of(log, "remembered") ? ", remembered from before the agent's start" : ", read " + ago(number_of(log, "age_seconds")));
  }

  static std::string lists_words(const Json& endpoint) {
    const Json& log = object_of(endpoint, "log");
    if (log.empty()) return "nothing known: its log page was never read";
    const std::string entries = text_of(log, "entries");
    return entries + (entries == "1" ? " entry" : " entries") + " in " + log_words(endpoint);
  }

  static std::string session_words(const Json& endpoint) {
    const std::string session = text_of(endpoint, "session");
    const std::string since = age_of(number_of(endpoint, "since_seconds"));
    if (session == "up") return "session up for " + since;
    if (flag_of(endpoint, "retired")) return "retired: its cluster lists it no more and it does not answer";
    return "no session (" + session + ") for " + since;
  }

  static void put_state(Json& chain, const Json& path) {
    const std::string state = text_of(path, "state");
    const std::string device = text_of(path, "device");
    std::string says = state + (device.empty() ? "" : " as " + device) + " for " + age_of(number_of(path, "since_seconds"));
    if (state == "missing") says += ": the kernel has no such controller";
    if (flag_of(path, "adopted")) says += "; it was there before this agent connected it";
    if (flag_of(path, "purged")) says += "; the kernel gave it up after ctrl_loss_tmo (docs/purge.md)";
    Json link = step("state", std::move(says));
    link["state"] = state;
    link["device"] = device.empty() ? Json() : Json(device);
    link["since_seconds"] = number_of(path, "since_seconds");
    chain.push_back(link);
  }

  static void put_tried(Json& chain, const Json& item) {
    const double attempts = number_of(item, "attempts");
    const double failures = number_of(item, "failures_in_a_row");
    const auto last = some_number(item, "last_attempt_seconds");
    std::string says = "not yet";
    if (attempts > 0) says = text_of(item, "attempts") + (attempts == 1 ? " time" : " times") + (last ? ", the last " + ago(*last) : std::string());
    if (failures > 0) says += failures == 1 ? "; it failed" : "; the last " + text_of(item, "failures_in_a_row") + " failed";
    Json tried = step("tried", std::move(says));
    tried["attempts"] = attempts;
    tried["failures_in_a_row"] = failures;
    tried["last_attempt_seconds"] = last ? Json(*last) : Json();
    if (attempts > 0 || failures > 0) chain.push_back(tried);
    const Json answer = answer_json(item);
    if (answer.is_null()) return;
    std::string said = text_of(answer, "message");
    const std::string status = text_of(answer, "nvme_status_name");
    if (!status.empty() && said.find(status) == std::string::npos) said += " (" + status + ")";
    if (flag_of(answer, "permanent")) said += "; the target says not to repeat it";
    Json link = step("answer", std::move(said));
    link["error"] = answer;
    chain.push_back(link);
  }

  /// The newest lines about it: those since its controller was made, else those that name it, else those around the last try.
  void put_kernel_log(Json& chain, const Json& path) const {
    if (!input_.kernel_log_error.empty() && raw_text(path, "state") != "live") {
      chain.push_back(step("kernel-log", "not readable: " + input_.kernel_log_error));
      return;
    }
    std::vector<const nvme::KernelLine*> lines = lines_of(raw_text(path, "device"), raw_text(path, "subnqn"), "addr " + portal_of(path));
    const auto last = some_number(path, "last_attempt_seconds");
    if (lines.empty() && last && number_of(path, "failures_in_a_row") > 0) lines = lines_around(*last);
    for (std::size_t i = lines.size() - std::min(lines.size(), kKernelLinesShown); i < lines.size(); ++i) {
      Json link = step("kernel-log", base::printable(lines[i]->text, 400) + " (" + ago(age(*lines[i])) + ")");
      link["line"] = lines[i]->text;
      link["age_seconds"] = age(*lines[i]);
      chain.push_back(link);
    }
  }

  double age(const nvme::KernelLine& line) const { return std::chrono::duration<double>(input_.since_boot - line.at).count(); }

  std::vector<const nvme::KernelLine*> lines_of(const std::string& device, const std::string& subnqn, const std::string& address) const {
    std::vector<const nvme::KernelLine*> out;
    const std::string mark = "nvme " + device + ": ";
    for (const nvme::KernelLine& line : input_.kernel_log) {
      const bool names_it = line.text.find(subnqn) != std::string::npos;
      const bool same_place = names_it && line.text.find(address) != std::string::npos;
      const bool of_device = !device.empty() && line.text.find(mark) != std::string::npos;
      // A number is used again: what an earlier controller of that number said is none of its business.
      if (of_device && line.text.find("new ctrl: ") != std::string::npos) std::erase_if(out, [&mark](const auto* l) { return l->text.find(mark) != std::string::npos; });
      if (of_device || same_place || (names_it && line.text.find("new ctrl: ") == std::string::npos)) out.push_back(&line);
    }
    return out;
  }

  std::vector<const nvme::KernelLine*> lines_around(double seconds_ago) const {
    constexpr double kNear = 3.0;  // a refused connect speaks within milliseconds; clocks differ a little
    std::vector<const nvme::KernelLine*> out;
    for (const nvme::KernelLine& line : input_.kernel_log) {
      if (std::abs(age(line) - seconds_ago) < kNear && nvme::parse_kernel_line(line.text)) out.push_back(&line);
    }
    return out;
  }

  static void put_hold(Json& chain, const Json& item) {
    const Json& hold = object_of(item, "hold");
    const std::string reason = text_of(hold, "reason");
    if (reason.empty()) return;
    const std::string_view meaning = hold_meaning(reason);
    std::string says = reason + (meaning.empty() ? "" : ": " + std::string(meaning));
    const std::string detail = text_of(hold, "detail");
    if (!detail.empty() && detail != text_of(item, "last_error")) says += " (" + detail + ")";
    Json link = step("hold", std::move(says));
    link["hold"] = hold;
    chain.push_back(link);
  }

  void put_next(Json& chain, const Json& item, bool fine) const {
    const Json& hold = object_of(item, "hold");
    const auto until = some_number(hold, "until_seconds");
    std::string says = "nothing to do";
    if (raw_text(item, "action") == "connect") says = "`serve` would connect it now";
    else if (until) says = "tried again in " + age_of(*until);
    else if (!hold.empty()) says = "looked at again when something changes";
    else if (!fine && flag_of(item, "desired")) says = "looked at in the next pass";
    else if (!fine && item.contains("desired")) says = "nothing: it is not the agent's to connect";
    if (!fine && input_.source != "agent" && raw_text(item, "action") != "connect") says += "; no agent is running here to do it";
    Json link = step("next", std::move(says));
    link["in_seconds"] = until ? Json(*until) : Json();
    chain.push_back(link);
  }

  void put_changes(Json& chain, const std::string& subject) const {
    std::vector<const Json*> found;
    for (const Json& change : list_of(status_, "history")) {
      if (text_of(change, "subject") == base::printable(subject, 1024)) found.push_back(&change);
    }
    for (std::size_t i = found.size() - std::min(found.size(), kChangesShown); i < found.size(); ++i) {
      const Json& change = *found[i];
      const std::string before = text_of(change, "before");
      std::string says = text_of(change, "at") + " " + (before.empty() ? "" : before + " -> ") + text_of(change, "after");
      if (const std::string cause = text_of(change, "cause"); !cause.empty()) says += " (" + cause + ")";
      Json link = step("changed", std::move(says));
      link["change"] = change;
      chain.push_back(link);
    }
  }

  const WhyInput& input_;
  const Json& status_;
  std::map<std::string, std::vector<const Json*>> services_{};
};

std::vector<std::string> names_of(const Json& status) {
  std::set<std::string> out;
  for (const Json& path : list_of(status, "paths")) {
    for (const char* key : {"subnqn", "device", "traddr"}) out.insert(text_of(path, key));
  }
  for (const Json& endpoint : list_of(status, "endpoints")) {
    for (const char* key : {"traddr", "host"}) out.insert(text_of(endpoint, key));
  }
  out.erase("");
  return {out.begin(), out.end()};
}

bool is_meant(const Json& path, const WhySubject& subject) {
  if (!subject.subnqn.empty()) return raw_text(path, "subnqn") == subject.subnqn;
  if (!subject.device.empty()) return raw_text(path, "device") == subject.device;
  return raw_text(path, "subnqn") == subject.asked || goes_to(path, subject.asked);
}

std::string summary(const std::string& asked, const std::vector<const Json*>& paths, const std::vector<const Json*>& services) {
  std::string out = base::printable(asked) + ": ";
  const auto live = std::ranges::count_if(paths, [](const Json* p) { return raw_text(*p, "state") == "live"; });
  const auto up = std::ranges::count_if(services, [](const Json* e) { return raw_text(*e, "session") == "up"; });
  if (!paths.empty()) out += std::to_string(live) + " of " + counted(paths.size(), "path") + " live";
  if (!services.empty()) {
    out += (paths.empty() ? "" : "; ") + std::string("discovery ") + (services.size() == 1 ? "service" : "services") + " " +
           (up == std::ssize(services) ? "connected" : std::to_string(up) + " of " + std::to_string(services.size()) + " connected");
  }
  return out;
}

}  // namespace

base::Result<Json> why_json(const WhySubject& subject, const WhyInput& input) {
  std::vector<const Json*> paths, services;
  const bool by_place = subject.device.empty() && subject.subnqn.empty();
  for (const Json& path : list_of(input.status, "paths")) {
    if (path.is_object() && is_meant(path, subject)) paths.push_back(&path);
  }
  for (const Json& endpoint : list_of(input.status, "endpoints")) {
    if (endpoint.is_object() && by_place && is_service(endpoint, subject.asked)) services.push_back(&endpoint);
  }
  if (paths.empty() && services.empty()) {
    return base::fail(base::ErrorKind::kNotFound, base::printable(subject.asked) + ": no subsystem, address or device of that name is wanted or connected here" +
                                                      near_words(subject.asked, names_of(input.status)));
  }
  const Chains chains(input);
  Json out = Json::object();
  out["schema"] = kWhySchema;
  out["subject"] = subject.asked;
  out["at"] = raw_text(input.status, "at");
  out["source"] = input.source;
  out["says"] = summary(subject.asked, paths, services);
  bool fine = true;
  out["services"] = Json::array();
  for (const Json* endpoint : services) {
    Json item = Json::object();
    for (const char* key : {"address", "host", "group", "hostnqn", "session"}) item[key] = endpoint->value(key, Json());
    item["chain"] = chains.of_service(*endpoint);
    out["services"].push_back(item);
    const std::string reason = raw_text(object_of(*endpoint, "hold"), "reason");
    fine = fine && (raw_text(*endpoint, "session") == "up" || flag_of(*endpoint, "retired") || reason == "standby" || reason == "selection");
  }
  out["paths"] = Json::array();
  for (const Json* path : paths) {
    Json item = Json::object();
    for (const char* key : {"subnqn", "hostnqn", "traddr", "trsvcid", "host_traddr", "host_iface", "device", "state"}) item[key] = path->value(key, Json());
    item["chain"] = chains.of_path(*path);
    out["paths"].push_back(item);
    fine = fine && (raw_text(*path, "state") == "live" || !flag_of(*path, "desired"));
  }
  out["fine"] = fine;
  return out;
}

}  // namespace cmd
