// Each command is one function over the words of its line. An expectation that may still come true is waited for
// ("within 2s"); otherwise it must hold now.
#include "tests/fakes/scenario.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "base/text.h"
#include "tests/fakes/story.h"

namespace fakes {

namespace {

using Words = std::vector<std::string>;
using namespace std::chrono_literals;

/// A mistake in the scenario or an expectation that failed; ends the scenario.
struct Failed {
  std::string why;
};

base::Duration duration_of(const std::string& text) {
  base::Result<base::Duration> parsed = base::parse_duration(text);
  if (!parsed) throw Failed{"'" + text + "' is no duration"};
  return *parsed;
}

std::string word(const Words& words, std::size_t index) {
  if (index >= words.size()) throw Failed{"a word is missing at the end of the line"};
  return words[index];
}

class Scenario {
 public:
  Ending run(const std::vector<std::string>& lines, const std::function<std::string(Story&)>& also) {
    Ending out;
    for (const std::string& line : lines) {
      ++out.line;
      if (line.starts_with('#')) continue;
      std::istringstream split(line.substr(0, line.find(" #")));
      Words words;
      for (std::string w; split >> w;) words.push_back(w);
      if (words.empty()) continue;
      try {
        command(words, line);
        if (also) out.broken = also(story_);
        if (std::vector<std::string> broken = story_.violations(); !broken.empty()) out.broken = broken.front();
      } catch (const Failed& failed) {
        out.broken = failed.why;
      }
      if (!out.broken.empty()) break;
    }
    if (out.broken.empty() && expectations_ == 0) out.broken = "nothing is expected";
    out.told = story_.told();
    out.passes = story_.passes;
    return out;
  }

 private:
  void command(const Words& w, const std::string& line) {
    const std::string& verb = w[0];
    if (verb == "line") {
      text_ += rest(line, verb) + "\n";
      story_.config(text_);
    } else if (verb == "unline") {
      remove_line(rest(line, verb));
    } else if (verb == "config" && word(w, 1) == "unreadable") {
      story_.config_unreadable();
    } else if (verb == "config" && word(w, 1) == "readable") {
      story_.config(text_);
    } else if (verb == "serve") {
      story_.fabric.serve(word(w, 1), word(w, 2), word(w, 3));
    } else if (verb == "serve_many") {  // nqn.s becomes nqn.s1, nqn.s2, …
      int number = 0;
      for (const std::string& each : expand(word(w, 2)))
        story_.fabric.serve(word(w, 1), each, word(w, 3) + std::to_string(++number));
    } else if (verb == "list") {
      story_.fabric.list(word(w, 1), word(w, 2), word(w, 3));
    } else if (verb == "unlist") {
      story_.fabric.unlist(word(w, 1), word(w, 2), word(w, 3));
    } else if (verb == "refer") {
      story_.fabric.refer(word(w, 1), word(w, 2));
    } else if (verb == "unrefer") {
      story_.fabric.unrefer(word(w, 1), word(w, 2));
    } else if (verb == "itself") {
      story_.fabric.name_itself(word(w, 1), word(w, 2));
    } else if (verb == "withdraw") {
      story_.fabric.withdraw(word(w, 1), word(w, 2));
    } else if (verb == "page") {
      page(word(w, 1), word(w, 2));
    } else if (verb == "name") {
      name(w);
    } else if (verb == "memory") {
      memory(word(w, 1));
    } else if (verb == "clock") {
      story_.time.wall_ahead += duration_of(word(w, 1));
    } else if (verb == "seed") {
      story_.seed = std::stoull(word(w, 1));
    } else if (verb == "heal") {
      story_.heal();
    } else if (verb == "target") {
      set_mood(word(w, 1), word(w, 2));
    } else if (verb == "kernel") {
      kernel(w);
    } else if (verb == "setting") {
      setting(word(w, 1), word(w, 2));
    } else if (verb == "uevents") {
      story_.uevents = word(w, 1) == "on";
    } else if (verb == "agent") {
      agent(w);
    } else if (verb == "run") {
      story_.run(duration_of(word(w, 1)));
    } else if (verb == "expect") {
      ++expectations_;
      expect(Words(w.begin() + 1, w.end()));
    } else {
      throw Failed{"mistake: unknown command"};
    }
  }

  /// What follows the first word, without a comment.
  static std::string rest(const std::string& line, const std::string& verb) {
    const std::string_view text = std::string_view(line).substr(line.find(verb) + verb.size());
    return std::string(base::trim(text.substr(0, text.find(" #"))));
  }

  /// As in the agent's file; only what stories need. Counts from the agent's next start on.
  void setting(const std::string& key, const std::string& value) {
    if (key == "sessionsPerGroup") story_.settings.sessions_per_group = std::stoi(value);
    else if (key == "referralPolicy") story_.settings.referrals_authoritative = value == "authoritative";
    else if (key == "keepRemembered") story_.settings.keep_remembered = value == "on";
    else if (key == "preflight") story_.settings.preflight = value == "on";
    else throw Failed{"unknown setting"};
  }

  void remove_line(const std::string& part) {
    std::string kept;
    std::istringstream lines(text_);
    for (std::string l; std::getline(lines, l);) {
      if (l.find(part) == std::string::npos) kept += l + "\n";
    }
    if (kept == text_) throw Failed{"mistake: no line has " + part};
    text_ = kept;
    story_.config(text_);
  }

  void set_mood(const std::string& what, const std::string& where) {
    static const std::map<std::string, Mood> kMoods{{"start", Mood::kUp},
                                                    {"stop", Mood::kRefusing},
                                                    {"silence", Mood::kSilent},
                                                    {"hang", Mood::kHanging}};
    auto mood = kMoods.find(what);
    if (mood == kMoods.end()) throw Failed{"a target can start, stop, silence or hang"};
    for (const std::string& each : expand(where)) story_.fabric.set(each, mood->second);
  }

  /// "10.0.0.[1-8]:4420" is eight portals.
  static std::vector<std::string> expand(const std::string& text) {
    const std::size_t open = text.find("[");
    const std::size_t dash = text.find('-', open);
    const std::size_t close = text.find(']', open);
    if (open == std::string::npos || dash == std::string::npos || close == std::string::npos || dash > close)
      return {text};
    std::vector<std::string> out;
    const int first = std::stoi(text.substr(open + 1, dash - open - 1));
    const int last = std::stoi(text.substr(dash + 1, close - dash - 1));
    for (int i = first; i <= last; ++i)
      out.push_back(text.substr(0, open) + std::to_string(i) + text.substr(close + 1));
    return out;
  }

  void kernel(const Words& w) {
    const std::string what = word(w, 1);
    if (what == "remove") {
      story_.kernel.remove(word(w, 2));
    } else if (what == "connect") {  // by hand
      story_.kernel.connect_by_hand(word(w, 2), word(w, 3), w.size() > 5 ? w[5] : kHostNqn,
                                    w.size() > 4 ? w[4] : kHostId);
    } else if (what == "refuse") {
      story_.kernel.refuse(word(w, 2), std::stoi(word(w, 3)),
                           base::Error{base::ErrorKind::kClosed, "ECONNRESET"});
    } else if (what == "block") {
      story_.kernel.block(word(w, 2));
    } else if (what == "release") {
      story_.kernel.release(word(w, 2));
    } else if (what == "loss_tmo") {
      story_.kernel.ctrl_loss_tmo = std::stoi(word(w, 2));
    } else if (what == "vanish") {
      story_.kernel.vanishing.insert(word(w, 2));
    } else if (what == "fabrics") {
      story_.kernel.has_fabrics = word(w, 2) == "on";
    } else if (what == "connect_takes") {
      story_.kernel.connect_takes = duration_of(word(w, 2));
    } else if (what == "scan_takes") {
      story_.kernel.scan_takes = duration_of(word(w, 2));
    } else {
      throw Failed{"unknown kernel command"};
    }
  }

  void page(const std::string& what, const std::string& service) {
    if (what == "reboot") {
      story_.fabric.forget_generation(service);
    } else if (what == "torn") {
      story_.fabric.make_unreadable(service, base::Error{base::ErrorKind::kBusy, "the page changed during each of 3 reads"});
    } else if (what == "too_long") {
      story_.fabric.make_unreadable(service, base::Error{base::ErrorKind::kProtocol, "the page claims 70000 entries"});
    } else if (what == "readable") {
      story_.fabric.make_unreadable(service, std::nullopt);
    } else {
      throw Failed{"a page can be torn, too_long, readable, or begin anew after a reboot"};
    }
  }

  /// name storage.example 10.0.0.1 10.0.0.2; name service down|up
  void name(const Words& w) {
    if (word(w, 1) == "service") {
      story_.network.dns_down = word(w, 2) == "down";
      return;
    }
    std::vector<nvme::IpAddress>& addresses = story_.network.names[word(w, 1)];
    addresses.clear();
    for (std::size_t i = 2; i < w.size(); ++i) addresses.push_back(Fabric::address(w[i] + ":1").traddr);
  }

  void memory(const std::string& what) {
    if (what == "lost") story_.memory.saved.reset();
    else if (what == "broken" || what == "mended") story_.memory.broken = what == "broken";
    else throw Failed{"memory can be lost, broken or mended"};
  }

  void agent(const Words& w) {
    const std::string& what = word(w, 1);
    const bool needs_one = what != "start" && what != "restart";
    if (needs_one && !story_.agent) throw Failed{"mistake: no agent runs"};
    if (what == "start") {
      story_.config(text_);
      story_.start_agent();
    } else if (what == "kill") {
      story_.kill_agent();
    } else if (what == "restart") {
      story_.restart_agent();
    } else if (what == "hup") {
      story_.hang_up();
    } else if (what == "freeze") {
      story_.freeze(duration_of(word(w, 2)));
    } else if (what == "overrun") {
      story_.agent->events_lost();
    } else {
      throw Failed{"an agent can start, restart, hup, freeze, overrun or be killed"};
    }
  }

  void expect(Words w) {
    base::Duration limit{};
    if (w.size() >= 2 && w[w.size() - 2] == "within") {
      limit = duration_of(w.back());
      w.resize(w.size() - 2);
    }
    std::string seen;
    if (!story_.run_until([&] { return (seen = difference(w)).empty(); }, limit)) throw Failed{seen};
    story_.run(0s);  // what is due at this very moment belongs to it
  }

  /// Empty where it is as expected.
  std::string difference(const Words& w) {
    const std::string what = word(w, 0);
    if (!story_.agent && what != "live") throw Failed{"mistake: no agent runs"};
    if (what == "well") return story_.unwell();
    if (what == "live") return equal(std::to_string(story_.kernel.live().size()), word(w, 1));
    if (what == "path") return path_difference(word(w, 1), Words(w.begin() + 2, w.end()));
    if (what == "endpoint") return endpoint_difference(word(w, 1), word(w, 2));
    if (what == "connects") return equal(std::to_string(story_.kernel.attempts(word(w, 1))), word(w, 2));
    if (what == "starts") {
      const int starts = story_.sessions.starts(word(w, 1));
      const std::string bound = word(w, 2);
      const int number = std::stoi(word(w, 3));
      const bool good = bound == ">="   ? starts >= number
                        : bound == "<=" ? starts <= number
                                        : starts == number;
      return good ? std::string{} : std::to_string(starts) + " sessions were started there";
    }
    if (what == "synced") return equal(story_.status() && story_.status()->synced ? "yes" : "no", word(w, 1));
    if (what == "purges") return equal(std::to_string(story_.status()->counters.purges), word(w, 1));
    if (what == "degraded")
      return equal(reconcile::health(*story_.status()).degraded() ? "yes" : "no", word(w, 1));
    if (what == "told") {
      std::string text;
      for (std::size_t i = 1; i < w.size(); ++i) text += (i > 1 ? " " : "") + w[i];
      return story_.told().find(text) != std::string::npos ? std::string{} : "nobody told '" + text + "'";
    }
    throw Failed{"unknown expectation"};
  }

  static std::string equal(const std::string& is, const std::string& wanted) {
    return is == wanted ? std::string{} : "it is " + is + ", not " + wanted;
  }

  /// path ADDRESS [NQN] live|missing|absent|…|purged|stale|hold REASON
  std::string path_difference(const std::string& where, Words w) {
    const std::string nqn = !w.empty() && w[0].starts_with("nqn.") ? w[0] : std::string{};
    if (!nqn.empty()) w.erase(w.begin());
    const reconcile::PathStatus* path = story_.path(where, nqn);
    const std::string wanted = word(w, 0);
    if (wanted == "absent") return path ? "it is there" : std::string{};
    if (!path) return "there is no such path";
    if (wanted == "hold")
      return equal(path->hold ? std::string(to_string(path->hold->reason)) : "free", word(w, 1));
    if (wanted == "purged") return path->purged ? std::string{} : "it is not purged";
    if (wanted == "stale") return path->stale ? std::string{} : "it is not stale";
    if (wanted == "left-behind") return path->left_behind ? std::string{} : "it is not left behind";
    if (wanted == "unlisted") return path->desired ? "it is desired" : std::string{};
    return equal(std::string(to_string(path->state)), wanted) +
           (path->hold && path->state != reconcile::PathState::kLive && to_string(path->state) != wanted
                ? ", " + std::string(to_string(path->hold->reason)) + " " + path->hold->detail
                : "");
  }

  std::string endpoint_difference(const std::string& where, const std::string& wanted) {
    const reconcile::EndpointStatus* endpoint = story_.endpoint(where);
    if (wanted == "absent") return endpoint ? "it is there" : std::string{};
    if (!endpoint) return "there is no such endpoint";
    if (wanted == "retired") return endpoint->retired ? std::string{} : "it is not retired";
    if (wanted == "not-retired") return endpoint->retired ? "it is retired" : std::string{};
    if (wanted == "standby") {
      const bool stands_by = endpoint->hold && endpoint->hold->reason == reconcile::HoldReason::kStandby;
      return stands_by ? std::string{} : "it is not standing by";
    }
    return equal(std::string(to_string(endpoint->phase)), wanted);
  }

  Story story_{};
  std::string text_{};
  int expectations_{0};
};

}  // namespace

std::string run_scenario(const std::string& file) {
  std::ifstream in(file);
  if (!in) return file + ": can't be read";
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  const Ending ending = run_story(lines);
  if (ending.broken.empty()) return {};
  return file + ":" + std::to_string(ending.line) + ": " + lines[ending.line - 1] + "\n  " + ending.broken + "\n" + ending.told;
}

Ending run_story(const std::vector<std::string>& lines, const std::function<std::string(Story&)>& also) {
  return Scenario().run(lines, also);
}

}  // namespace fakes
