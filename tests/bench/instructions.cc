// Work of which callgrind counts the instructions: only what happens inside measured(), once. No clock, no chance, no
// thread, so that the count is the same each time. tests/bench/count-instructions runs it and compares with the baseline.
//   instructions reconcile | reconcile_anew | log_page | scrape [PATHS]
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "cmd/metrics.h"
#include "nvme/log_page.h"
#include "tests/bench/world.h"
#include "tests/target/log_entry.h"

/// callgrind finds it by this name (--toggle-collect).
extern "C" __attribute__((noinline)) void measured(const std::function<void()>& work);
void measured(const std::function<void()>& work) { work(); }

namespace {

using namespace std::chrono_literals;

/// A pass when nothing came in: what each timer and each unneeded wake costs.
bool reconcile_idle(int paths) {
  bench::ToldAgent agent(paths, true);
  agent->pass(agent.now += 1ms);
  measured([&] { agent->pass(agent.now += 1ms); });
  return agent->last_plan().actions.empty();
}

/// Everything derived anew and published, and then nothing to do: a file of discovery.d that was read again.
bool reconcile_anew(int paths) {
  bench::ToldAgent agent(paths, true);
  agent->config_read(agent.told.intent);
  measured([&] { agent->pass(agent.now += 1ms); });
  return agent->last_plan().actions.empty();
}

/// Bytes into entries, each checked as what goes to the kernel is.
bool log_page(int entries) {
  std::vector<target::LogEntry> listed;
  for (int i = 0; i < entries; ++i) listed.push_back(target::tcp_subsystem("10.0.0.1", 4420, "nqn.2016-01.com.example:suuid:bench-" + std::to_string(i)));
  const std::vector<std::uint8_t> page = target::encode_page(1, listed);
  const std::span<const std::byte> bytes = std::as_bytes(std::span(page));
  std::vector<nvme::LogEntry> decoded;
  int good = 0;
  measured([&] {
    const auto header = nvme::decode_log_header(bytes);
    for (std::uint64_t i = 0; header && i < header->numrec; ++i) {
      decoded.push_back(nvme::decode_log_entry(bytes.subspan(nvme::kLogHeaderSize + i * nvme::kLogEntrySize, nvme::kLogEntrySize)));
      good += nvme::target(decoded.back()).has_value();
    }
  });
  return good == entries;
}

bool scrape(int paths) {
  bench::ToldAgent agent(paths, true);
  agent->config_read(agent.told.intent);
  agent->pass(agent.now += 1ms);
  std::string text;
  measured([&] { text = cmd::metrics_text(agent->status().get(), 1ms, true, {}); });
  return text.find("discovery_client_paths{state=\"live\",listed=\"true\"} " + std::to_string(paths)) != std::string::npos;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  const int paths = argc > 2 ? std::atoi(argv[2]) : 1000;
  bool well = false;
  if (what == "reconcile") well = reconcile_idle(paths);
  else if (what == "reconcile_anew") well = reconcile_anew(paths);
  else if (what == "log_page") well = log_page(paths);
  else if (what == "scrape") well = scrape(paths);
  else return std::fprintf(stderr, "usage: instructions reconcile | reconcile_anew | log_page | scrape [PATHS]\n"), 2;
  if (!well) std::fprintf(stderr, "instructions: %s did not come out as it should\n", argv[1]);
  return well ? 0 : 1;
}
