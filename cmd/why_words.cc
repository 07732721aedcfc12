// One table, and the question whether a code is the kernel's errno or the target's status.
#include "cmd/why_words.h"

#include <algorithm>
#include <utility>

#include "nvme/status.h"

namespace cmd {
namespace {

constexpr std::pair<std::string_view, std::string_view> kMeanings[] = {
    {"backoff", "the last try failed"},
    {"parked", "the same request can't succeed: only a change at the target or in the configuration helps; tried slowly, and at once when a file changes"},
    {"in-flight", "the kernel is at it now"},
    {"queued", "it waits for its turn: the kernel connects one controller at a time"},
    {"probing", "its portal is being asked whether it answers"},
    {"silent-portal", "its portal does not answer: it goes to the kernel last and rarely, since such a write blocks all others"},
    {"kernel-reconnecting", "the kernel has the controller and reconnects by itself, until ctrl_loss_tmo is over"},
    {"deleting", "the kernel is deleting the controller; it is connected again afterwards"},
    {"no-fabrics", "the kernel takes no connects: modprobe nvme-tcp"},
    {"no-identity", "no host NQN or host id is known for it"},
    {"identity-conflict", "the kernel has this host NQN with another host id, or the reverse, and refuses mixtures"},
    {"needs-tls", "it asks for TLS, which is not to be had here"},
    {"needs-authentication", "the discovery service asks for authentication, which discovery does not do yet"},
    {"unresolved", "its name has no address yet"},
    {"retired", "configured, but its cluster lists it no more and it does not answer"},
    {"selection", "it is not known whether its line is for this node: the labels that its '# only:' asks for are unknown, or that comment is wrong"},
    {"standby", "other services of its group have the sessions; it takes over when one of them fails"},
    {"depth", "more than 8 referrals away from a configured service"},
    {"unsafe-option", "this kernel lacks an option that can't be left out"},
    {"observing", "sysfs has not been looked at since; nothing is done on guesses"},
};

}  // namespace

std::string_view hold_meaning(std::string_view reason) {
  for (const auto& [name, meaning] : kMeanings) {
    if (name == reason) return meaning;
  }
  return {};
}

Json answer_json(const Json& item) {
  const std::string message = text_of(item, "last_error");
  if (message.empty()) return Json();
  const std::string kind = text_of(item, "last_error_kind");
  const auto code = static_cast<int>(std::clamp(number_of(item, "last_error_code"), 0.0, 1e6));
  Json out = Json::object();
  out["kind"] = kind;
  out["message"] = message;
  // Errors that come of an errno name it; the others' code is the target's status.
  const bool is_errno = code != 0 && message.find(base::errno_name(code)) != std::string::npos;
  const bool is_status = code > 0 && code <= 0x7fff && !is_errno && (kind == "status" || kind == "denied" || kind == "busy" || kind == "timeout");
  out["errno"] = is_errno ? Json(code) : Json();
  out["errno_name"] = is_errno ? Json(base::errno_name(code)) : Json();
  out["nvme_status"] = is_status ? Json(code) : Json();
  out["nvme_status_name"] = is_status ? Json(to_string(nvme::Status::from_completion(static_cast<std::uint16_t>(code << 1)))) : Json();
  out["permanent"] = flag_of(item, "last_error_permanent");
  return out;
}

}  // namespace cmd
