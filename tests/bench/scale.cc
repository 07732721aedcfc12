// The agent as a whole process with a fake kernel, against the own target: what 10 to 10,000 paths cost, and whether that
// grows faster than their number; and its memory over thousands of changes of the configuration. Figures, no timed test.
//   scale AGENT table [PATHS [SECONDS]]   rows of 10, 100, … PATHS (10,000), one endpoint for ten paths; idle for SECONDS (20),
//                                         with 10,000 paths at least 300: two or three looks at all of sysfs are among them
//   scale AGENT one ENDPOINTS ENTRIES     one row, with the time to the first ICReq
//   scale AGENT changes [N]               N (10,000) changes of discovery.d
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "tests/bench/agent_run.h"
#include "tests/bench/fake_kernel.h"
#include "tests/target/discovery_target.h"

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr auto kConnectTakes = std::chrono::milliseconds(5);  // real kernels take 10 ms and more
constexpr auto kLimit = std::chrono::seconds(300);
constexpr int kStorms = 3;
constexpr double kIdleOfMost = 300;  // seconds: the agent scans sysfs every two minutes or so then; one scan more or less must not be half of the figure
constexpr double kTolerance = 1.35;  // n log n from 1,000 to 10,000 is 1.33; a quadratic would be 10

double since(Clock::time_point start) { return Seconds(Clock::now() - start).count(); }
double in_seconds(std::chrono::nanoseconds duration) { return Seconds(duration).count(); }

double least(const std::vector<double>& values) { return values.empty() ? 0 : *std::ranges::min_element(values); }

/// The own target with `endpoints` services. Services come in pairs that list the same subsystems, each at its own portal:
/// half as many subsystems as paths, two paths to each.
class Services {
 public:
  Services(int endpoints, int entries) : entries_(entries) {
    target::TargetOptions options;
    options.record_pdus = false;
    options.listen.assign(static_cast<std::size_t>(endpoints), target::Address{});
    auto started = target::DiscoveryTarget::start(options);
    if (!started) {
      std::fprintf(stderr, "scale: %s\n", started.error().c_str());
      std::exit(1);
    }
    target_ = std::move(*started);
    for (std::size_t i = 0; i < target_->listeners(); ++i) fill(i, 0);
  }

  target::DiscoveryTarget& operator*() { return *target_; }
  target::DiscoveryTarget* operator->() { return target_.get(); }

  /// A new generation replaces the last entry of every page.
  void storm() {
    ++generation_;
    for (std::size_t i = 0; i < target_->listeners(); ++i) fill(i, generation_);
  }

  /// Until every service's page was read to its end (RAE clear) since the record was cleared. Looks once for each percent
  /// of progress: the target shares the cores.
  bool wait_for_pages() {
    const std::size_t wanted = target_->listeners();
    std::uint64_t look_at = wanted;
    const auto enough = [&](const target::Record& record) {
      if (record.commands < look_at) return false;
      const std::size_t read = pages_read(record);
      look_at = record.commands + 1 + (read + wanted / 100 < wanted ? wanted / 100 : 0);
      return read >= wanted;
    };
    return target_->wait_for(enough, kLimit);
  }

 private:
  void fill(std::size_t service, int generation) {
    std::vector<target::LogEntry> page;
    for (int k = 0; k < entries_; ++k) {
      const std::string last = k + 1 == entries_ ? "." + std::to_string(generation) : std::string();
      const std::string nqn = "nqn.2016-01.com.example:suuid:bench-" + std::to_string(service / 2) + "." + std::to_string(k) + last;
      page.push_back(target::tcp_subsystem("127.0.0.1", target_->port(service), nqn));
    }
    target_->set_log(std::move(page), service);
  }

  static std::size_t pages_read(const target::Record& record) {
    return static_cast<std::size_t>(std::ranges::count_if(record.associations, [](const target::AssociationRecord& association) {
      return std::ranges::any_of(association.commands, [](const target::ReceivedCommand& command) {
        return command.opcode == 0x02 && !command.retains_event() && command.status == 0;
      });
    }));
  }

  int entries_;
  int generation_{0};
  std::unique_ptr<target::DiscoveryTarget> target_{};
};

void write_configuration(const std::filesystem::path& folder, Services& services) {
  std::filesystem::create_directories(folder / "discovery.d");
  std::ofstream conf(folder / "discovery.d/bench.conf");
  for (std::size_t i = 0; i < services->listeners(); ++i) conf << bench::service_line(services->port(i), "cluster" + std::to_string(i));
}

struct Row {
  int endpoints{0};
  int paths{0};
  double first_icreq{0};     ///< seconds
  double all_live{0};        ///< seconds
  double start_cpu{0};       ///< seconds, until all were live
  double idle{0};            ///< share of a core
  double pass{0};            ///< seconds, the mean of all until all were live
  double storm{0};           ///< seconds until every page was read again; of these three the least of kStorms
  double storm_live{0};      ///< seconds until what was new was live
  double storm_cpu{0};       ///< seconds, until then
  bench::AgentRun::Memory memory{};        ///< when idle
  bench::AgentRun::Memory storm_memory{};  ///< at the end of the storms, each with a tenth more paths
};

std::optional<Row> measure(const std::string& agent_program, int endpoints, int entries, double idle_for) {
  Row row{.endpoints = endpoints, .paths = endpoints * entries};
  const bench::Folder folder;
  bench::FakeKernel kernel(folder.path(), kConnectTakes);
  Services services(endpoints, entries);
  write_configuration(folder.path(), services);

  const Clock::time_point start = Clock::now();
  bench::AgentRun agent(agent_program, folder.path(), kernel.sysfs_root(), kernel.fabrics_device());
  bool well = services->wait_for([](const target::Record& r) { return !r.associations.empty(); }, kLimit);
  row.first_icreq = since(start);
  well = well && kernel.wait_for_live(row.paths, kLimit);
  row.all_live = since(start);
  row.start_cpu = in_seconds(agent.cpu());

  std::this_thread::sleep_for(Seconds(std::min(3.0, idle_for)));  // a measurement, not a test: let the start's work end
  const bench::AgentRun::Passes passes = agent.passes();
  row.pass = passes.seconds / std::max(1.0, passes.count);
  const std::chrono::nanoseconds idle_before = agent.cpu();
  const Clock::time_point idle_start = Clock::now();
  std::this_thread::sleep_for(Seconds(idle_for));
  row.idle = in_seconds(agent.cpu() - idle_before) / since(idle_start);
  row.memory = agent.memory();

  std::vector<double> pages_read, live, cpu;
  for (int n = 1; n <= kStorms && well; ++n) {
    services->clear_record();
    const std::chrono::nanoseconds before = agent.cpu();
    const Clock::time_point storm = Clock::now();
    services.storm();
    well = services.wait_for_pages();
    pages_read.push_back(since(storm));
    well = well && kernel.wait_for_live(row.paths + n * endpoints, kLimit);
    live.push_back(since(storm));
    cpu.push_back(in_seconds(agent.cpu() - before));
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  row.storm = least(pages_read);
  row.storm_live = least(live);
  row.storm_cpu = least(cpu);
  row.storm_memory = agent.memory();
  well = agent.stop() == 0 && well;
  if (well) return row;
  std::fprintf(stderr, "scale: with %d paths: %d live; not every page was read or not every path became live\n", row.paths, kernel.live());
  return std::nullopt;
}

/// One measure over all rows, its cost for each path, and how much more of it ten times as many paths cost.
bool print_growth(const std::vector<Row>& rows, const char* name, const char* unit, const char* each_unit, double each_scale,
                  const std::function<double(const Row&)>& value) {
  std::printf("%-34s", (std::string(name) + ", " + unit).c_str());
  for (const Row& row : rows) std::printf("%11.2f", value(row));
  std::printf("\n%-34s", (std::string("  for each path, ") + each_unit).c_str());
  for (const Row& row : rows) std::printf("%11.2f", value(row) * each_scale / row.paths);
  std::printf("\n%-34s%11s", "  ten times the paths cost", "");
  bool linear = true;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const double growth = value(rows[i]) / value(rows[i - 1]);
    linear = linear && growth <= kTolerance * rows[i].paths / rows[i - 1].paths;
    std::printf("%10.2fx", growth);
  }
  std::printf("   %s\n", rows.size() < 2 ? "" : linear ? "linear or better" : "WORSE THAN LINEAR");
  return linear;
}

void print_budget(const char* what, double got, double budget, const char* unit) {
  std::printf("%-34s%11.2f   budget %.0f %s: %s\n", what, got, budget, unit, got <= budget ? "met" : "MISSED");
}

int table(const std::string& agent, int most, double idle_for) {
  std::vector<Row> rows;
  for (int paths = 10; paths <= most; paths *= 10) {
    std::optional<Row> row = measure(agent, paths / 10, 10, paths >= 10000 ? std::max(idle_for, kIdleOfMost) : idle_for);
    if (!row) return 1;
    rows.push_back(*row);
  }
  std::printf("%-34s", "paths");
  for (const Row& row : rows) std::printf("%11d", row.paths);
  std::printf("\n%-34s", "endpoints");
  for (const Row& row : rows) std::printf("%11d", row.endpoints);
  std::printf("\n");
  bool linear = print_growth(rows, "start to all live", "s", "ms", 1e3, [](const Row& r) { return r.all_live; });
  linear &= print_growth(rows, "CPU from start to all live", "ms", "us", 1e3, [](const Row& r) { return r.start_cpu * 1e3; });
  linear &= print_growth(rows, "RSS", "MiB", "KiB", 1024, [](const Row& r) { return r.memory.rss_mib; });
  linear &= print_growth(rows, "anonymous memory", "MiB", "KiB", 1024, [](const Row& r) { return r.memory.anonymous_mib; });
  linear &= print_growth(rows, "RSS at the end of the AEN storms", "MiB", "KiB", 1024, [](const Row& r) { return r.storm_memory.rss_mib; });
  linear &= print_growth(rows, "a pass while they connect", "ms", "us", 1e3, [](const Row& r) { return r.pass * 1e3; });
  linear &= print_growth(rows, "CPU when idle", "% of a core", "0.001 %", 1e3, [](const Row& r) { return r.idle * 100; });
  linear &= print_growth(rows, "AEN storm: all pages re-read", "ms", "us", 1e3, [](const Row& r) { return r.storm * 1e3; });
  linear &= print_growth(rows, "AEN storm: until new paths live", "ms", "us", 1e3, [](const Row& r) { return r.storm_live * 1e3; });
  linear &= print_growth(rows, "AEN storm: CPU until then", "ms", "us", 1e3, [](const Row& r) { return r.storm_cpu * 1e3; });
  std::printf("the fake kernel takes %d ms for each connect; a storm replaces one entry of every page; the least of %d\n", static_cast<int>(kConnectTakes.count()), kStorms);
  if (rows.back().paths == 10000) {
    print_budget("RSS, MiB", rows.back().memory.rss_mib, 64, "MiB");
    print_budget("idle CPU, % of a core", rows.back().idle * 100, 1, "%");
  }
  std::printf("growth: %s\n", linear ? "linear or better in everything" : "WORSE THAN LINEAR somewhere");
  return 0;
}

int one(const std::string& agent, int endpoints, int entries) {
  const std::optional<Row> row = measure(agent, endpoints, entries, 5);
  if (!row) return 1;
  std::printf("%d endpoints, %d paths: all live after %.2f s, %.2f s of CPU; idle CPU %.2f %% of a core; %.2f ms of CPU in an AEN storm\n", row->endpoints,
              row->paths, row->all_live, row->start_cpu, row->idle * 100, row->storm_cpu * 1e3);
  print_budget("start to first ICReq, ms", row->first_icreq * 1e3, 50, "ms");
  print_budget("RSS, MiB", row->memory.rss_mib, 16, "MiB");
  print_budget("anonymous memory, MiB", row->memory.anonymous_mib, 6, "MiB");
  return 0;
}

/// The last service's line comes and goes; each time with another group, and beside it a bad line that was never seen before.
/// Each change is seen to have been taken: the target sees the session begin, or end.
int changes(const std::string& agent_program, int wanted) {
  constexpr int kEndpoints = 11, kEntries = 10;
  const bench::Folder folder;
  bench::FakeKernel kernel(folder.path(), std::chrono::milliseconds(0));
  Services services(kEndpoints, kEntries);
  write_configuration(folder.path(), services);
  bench::AgentRun agent(agent_program, folder.path(), kernel.sysfs_root(), kernel.fabrics_device(), "configSettle: 0s\n");
  if (!kernel.wait_for_live(kEndpoints * kEntries, kLimit)) return std::fprintf(stderr, "scale: %d paths live\n", kernel.live()), 1;

  const std::filesystem::path draft = folder.path() / "draft", conf = folder.path() / "discovery.d/bench.conf";
  const Clock::time_point start = Clock::now();
  double before = 0;
  std::printf("%-20s%12s%14s%12s\n", "changes", "RSS MiB", "anonymous MiB", "open files");
  int print_at = std::max(1, wanted / 1000);
  for (int change = 0; change <= wanted; ++change) {
    if (change == print_at || change == wanted) {
      const bench::AgentRun::Memory memory = agent.memory();
      std::printf("%-20d%12.2f%14.2f%12.0f\n", change, memory.rss_mib, memory.anonymous_mib, agent.metric("process_open_fds"));
      if (change < wanted) before = memory.anonymous_mib;
      else if (wanted >= 10) std::printf("the last nine tenths of the changes cost %.2f KiB each; %.2f ms from edit to session\n",
                                         (memory.anonymous_mib - before) * 1024 / (0.9 * wanted), since(start) * 1e3 / wanted);
      print_at *= 10;
    }
    if (change == wanted) break;
    const bool with_it = change % 2 == 1;
    {
      std::ofstream out(draft);
      for (int i = 0; i + 1 < kEndpoints; ++i) out << bench::service_line(services->port(static_cast<std::size_t>(i)), "cluster" + std::to_string(i));
      if (with_it) out << bench::service_line(services->port(kEndpoints - 1), "group" + std::to_string(change));
      out << "--no-such-option-" << change << "\n";
    }
    std::filesystem::rename(draft, conf);
    const auto taken = [with_it](const target::Record& record) { return (record.connected(kEndpoints - 1) > 0) == with_it; };
    if (!services->wait_for(taken, kLimit)) return std::fprintf(stderr, "scale: change %d was not taken\n", change), 1;
    if (change % 100 == 99) services->clear_record();
  }
  return agent.stop();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[2] : "";
  const auto number = [&](int i, double otherwise) { return argc > i ? std::atof(argv[i]) : otherwise; };
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  bench::raise_file_limit();
  if (what == "table") return table(argv[1], static_cast<int>(number(3, 10000)), number(4, 20));
  if (what == "one") return one(argv[1], static_cast<int>(number(3, 3)), static_cast<int>(number(4, 21)));
  if (what == "changes") return changes(argv[1], static_cast<int>(number(3, 10000)));
  std::fprintf(stderr, "usage: scale AGENT table [PATHS [SECONDS]] | one ENDPOINTS ENTRIES | changes [N]\n");
  return 2;
}
