// Any text as what the fabrics device says, and, after a line feed, as values of a connect: no option gets
// into the string for the kernel but those that belong there, each at most once, and no secret into the text
// for people.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "nvme/fabrics.h"

namespace {

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return line;
}

void check(const nvme::OptionString& made, const nvme::FabricsFeatures& features) {
  if (made.text.size() > nvme::kOptionStringMax) std::abort();
  std::set<std::string_view> seen;
  std::string_view rest = made.text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view option = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const std::string_view name = option.substr(0, option.find('='));
    if (!features.has(name) || !seen.insert(name).second) std::abort();
    for (const char c : option)
      if (c <= ' ' || c > '~') std::abort();
  }
  const std::string shown = made.loggable();
  for (std::string_view left = shown; !left.empty();) {
    const std::size_t comma = left.find(',');
    const std::string_view option = left.substr(0, comma);
    left = comma == std::string_view::npos ? std::string_view{} : left.substr(comma + 1);
    if (option.substr(0, option.find('=')).contains("secret") && !option.ends_with("=***")) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  std::string_view rest = text;
  const std::string_view answer = take_line(rest);
  if (const auto made = nvme::parse_connect_answer(answer); made && made->instance < 0) std::abort();
  auto features = nvme::FabricsFeatures::parse(answer);
  if (!features) features = nvme::FabricsFeatures::oldest();

  nvme::ConnectOptions options{.hostid = nvme::HostId::from_random({1, 2, 3})};
  options.path.transport.traddr = nvme::IpAddress::v6({0xfe, 0x80}, std::string(take_line(rest)));
  options.path.subnqn = take_line(rest);
  options.path.hostnqn = take_line(rest);
  options.path.transport.host_iface = take_line(rest);
  options.tunables.keyring = std::string(take_line(rest));
  options.tunables.tls_key = std::string(take_line(rest));
  options.tunables.dhchap_secret = base::Secret(std::string(take_line(rest)));
  options.tunables.hdr_digest = true;
  options.tunables.fast_io_fail_tmo = 5;
  options.tunables.tos = static_cast<int>(rest.size());
  if (const auto made = option_string(options, *features)) {
    check(*made, *features);
  } else if (made.error().message.empty()) {
    std::abort();
  }
  return 0;
}
