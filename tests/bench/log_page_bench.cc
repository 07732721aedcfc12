// A log page of 10,000 entries over loopback from the project's own target: connect, read, decode, shut down.
// Budget 100 ms (docs/budgets.md). The target runs in the same process on its own thread, so its work counts too.
#include <benchmark/benchmark.h>

#include <asio/io_context.hpp>

#include "nvme/session.h"
#include "tests/target/discovery_target.h"

namespace {

constexpr std::string_view kUuid = "6a3e6f5c-0d25-4f3a-9f0e-5b1e1a7d2c44";

void read_log_page(benchmark::State& state) {
  const auto entries = static_cast<std::size_t>(state.range(0));
  target::TargetOptions options;
  options.record_pdus = false;
  auto started = target::DiscoveryTarget::start(options);
  if (!started) return state.SkipWithError(started.error().c_str());
  std::vector<target::LogEntry> page;
  for (std::size_t i = 0; i < entries; ++i)
    page.push_back(target::tcp_subsystem("10.0.0.1", 4420, "nqn.2026-01.bench:" + std::to_string(i)));
  (*started)->set_log(std::move(page));

  nvme::SessionOptions session{.identity = {nvme::Nqn::parse("nqn.2026-01.bench:host").value(), nvme::HostId::parse(kUuid).value()}};
  session.address.traddr = nvme::IpAddress::v4({127, 0, 0, 1});
  session.address.trsvcid = (*started)->port();
  session.kato = std::chrono::milliseconds(0);

  for (auto _ : state) {
    asio::io_context loop;
    std::size_t read = 0;
    const auto one = [&]() -> base::Task<void> {
      base::Result<nvme::LogPage> log = co_await nvme::discover(session);
      if (log) read = log->entries.size();
      else state.SkipWithError(log.error().message.c_str());
    };
    asio::co_spawn(loop, one(), asio::detached);
    loop.run();
    if (read != entries) state.SkipWithError("not every entry was read");
  }
}
BENCHMARK(read_log_page)->Arg(100)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
