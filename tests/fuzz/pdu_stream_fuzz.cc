// The controller's half of a connection as the fuzzer likes it: ICResp, data, completions, terminations, in pieces.
// First byte: bits 0 and 1 the digests, bits 2 to 7 how many bytes arrive at a time.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "nvme/command_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const nvme::Digests digests{.header = (data[0] & 1) != 0, .data = (data[0] & 2) != 0};
  const std::size_t piece = std::size_t{1} + (data[0] >> 2) * std::size_t{17};
  std::span<const std::byte> stream = std::as_bytes(std::span(data, size)).subspan(1);

  // CIDs 0 to 4, and each completion makes another command: what a session has under way at most.
  nvme::CommandTable table;
  nvme::PduReceiver receiver(digests, table);
  int completions = 0;
  const auto ask_again = [&](nvme::Completion completion) {
    if (completion.status.ok() && completion.data.size() > 70000) std::abort();
    if (++completions < 100) table.add(nvme::get_discovery_log(0, true, std::vector<std::byte>(1024)), nullptr);
  };
  table.add(nvme::property_get(nvme::kPropertyCap), ask_again);
  table.add(nvme::identify_controller(), ask_again);
  table.add(nvme::async_event_request(), ask_again);
  table.add(nvme::get_discovery_log(0, true, std::vector<std::byte>(1024)), ask_again);
  table.add(nvme::get_discovery_log(1024, true, std::vector<std::byte>(65536)), ask_again);

  while (!stream.empty()) {
    const std::span<std::byte> room = receiver.wanted();
    if (room.empty()) std::abort();  // a reader would spin
    const std::size_t count = std::min({piece, stream.size(), room.size()});
    std::copy_n(stream.begin(), count, room.begin());
    stream = stream.subspan(count);
    const std::optional<nvme::Violation> violation = receiver.advance(count);
    if (!violation) continue;
    if (violation->text.empty()) std::abort();
    const auto told = nvme::encode_termreq(violation->fes, violation->fei, receiver.header());
    if (told.size() > nvme::wire::kTermReqMaxPlen) std::abort();
    return 0;
  }
  return 0;
}
