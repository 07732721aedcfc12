// The chains as lines: the step on the left, its sentence beside it.
#include <algorithm>

#include "base/text.h"
#include "cmd/table.h"
#include "cmd/why.h"

namespace cmd {
namespace {

constexpr std::size_t kStepWidth = 12;

Tint tint_of(const std::string& step) {
  if (step == "answer" || step == "refused") return Tint::kBad;
  if (step == "hold" || step == "next" || step == "stale") return Tint::kWarn;
  if (step == "changed" || step == "kernel-log") return Tint::kFaint;
  return Tint::kNone;
}

void put_chain(std::string& out, const Json& item, bool fine, bool colour) {
  std::string before;
  for (const Json& link : list_of(item, "chain")) {
    const std::string step = text_of(link, "step");
    std::string label = step == before ? "" : step == "kernel-log" ? "kernel log" : step;
    before = step;
    label.resize(std::max(label.size() + 1, kStepWidth), ' ');
    out += "  " + tinted(label, Tint::kFaint, colour) + tinted(base::printable(raw_text(link, "says"), 2048), fine ? Tint::kNone : tint_of(step), colour) + "\n";
  }
}

}  // namespace

std::string why_text(const Json& why, bool colour) {
  std::string out = tinted(text_of(why, "says"), flag_of(why, "fine") ? Tint::kGood : Tint::kBad, colour) + "\n";
  if (text_of(why, "source") != "agent") out += tinted("No agent answers: this is what files, discovery and sysfs say now.", Tint::kWarn, colour) + "\n";
  for (const Json& service : list_of(why, "services")) {
    const bool up = text_of(service, "session") == "up";
    std::string title = "discovery service " + text_of(service, "address");
    if (const std::string group = text_of(service, "group"); group != text_of(service, "address")) title += " of cluster " + group;
    out += "\n" + tinted(title, Tint::kBold, colour) + "\n";
    put_chain(out, service, up, colour);
  }
  for (const Json& path : list_of(why, "paths")) {
    const std::string state = text_of(path, "state");
    out += "\n" + tinted("path to " + text_of(path, "subnqn") + " at " + portal_of(path), Tint::kBold, colour) + "\n";
    put_chain(out, path, state == "live", colour);
  }
  return out;
}

}  // namespace cmd
