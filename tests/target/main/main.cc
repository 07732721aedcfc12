// discovery_target: the test target as a program, steered by lines on stdin.  Ends on EOF, quit, SIGTERM or SIGINT.
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/target/discovery_target.h"

namespace {

using target::LogEntry;

constexpr std::string_view kUsage =
    "usage: discovery_target --listen ADDR:PORT [--listen ...] [--entry tcp,ipv4|ipv6,ADDR,PORT,NQN] ...\n"
    "         [--referral ADDR,PORT[,NQN]] ... [--self] [--nqn UNIQUE] [--digest | --no-digest] [--first-cntlid N]\n"
    "         [--misbehave NAME[=ARG]] ...\n"
    "stdin:  add tcp,FAM,ADDR,PORT,NQN | referral ADDR,PORT[,NQN] | remove NQN | clear | aen | event DWORD |\n"
    "        misbehave NAME[=ARG] | behave | stop | start | drop | reset | pause | resume | hosts | quit\n"
    "misbehaviour:\n";

struct Arguments {
  target::TargetOptions options{};
  std::vector<LogEntry> entries{};
  bool lists_itself = false;
  target::Misbehaviour misbehaviour{};
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

template <typename T>
bool parse_number(std::string_view text, T& value) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  return error == std::errc() && end == text.data() + text.size();
}

/// ADDR:PORT or [ADDR]:PORT.
std::optional<target::Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  target::Address address{std::string(host), 0};
  if (!parse_number(text.substr(colon + 1), address.port)) return std::nullopt;
  return address;
}

/// tcp,ipv4,ADDR,PORT,NQN; the NQN is the rest of the text, commas and all.
std::optional<LogEntry> parse_entry(std::string_view text) {
  std::vector<std::string> parts = split(text, ',');
  std::uint16_t port = 0;
  if (parts.size() < 5 || parts[0] != "tcp" || !parse_number(parts[3], port)) return std::nullopt;
  if (parts[1] != "ipv4" && parts[1] != "ipv6") return std::nullopt;
  for (std::size_t i = 5; i < parts.size(); ++i) parts[4] += "," + parts[i];
  LogEntry entry = target::tcp_subsystem(parts[2], port, parts[4]);
  entry.adrfam = parts[1] == "ipv4" ? 1 : 2;
  return entry;
}

std::optional<LogEntry> parse_referral(std::string_view text) {
  const std::vector<std::string> parts = split(text, ',');
  std::uint16_t port = 0;
  if (parts.size() < 2 || parts.size() > 3 || !parse_number(parts[1], port)) return std::nullopt;
  if (parts.size() == 3) return target::referral(parts[0], port, parts[2]);
  return target::referral(parts[0], port);
}

bool refuse(std::string_view what) {
  std::fprintf(stderr, "discovery_target: %.*s\n", static_cast<int>(what.size()), what.data());
  return false;
}

bool parse_option(const std::string& name, const std::string& value, Arguments& out) {
  std::string error;
  if (name == "--listen") {
    const auto address = parse_address(value);
    if (!address) return refuse("--listen wants ADDR:PORT, not " + value);
    out.options.listen.push_back(*address);
  } else if (name == "--entry") {
    const auto entry = parse_entry(value);
    if (!entry) return refuse("--entry wants tcp,ipv4|ipv6,ADDR,PORT,NQN, not " + value);
    out.entries.push_back(*entry);
  } else if (name == "--referral") {
    const auto entry = parse_referral(value);
    if (!entry) return refuse("--referral wants ADDR,PORT[,NQN], not " + value);
    out.entries.push_back(*entry);
  } else if (name == "--nqn") {
    out.options.nqn = value;
  } else if (name == "--first-cntlid") {
    if (!parse_number(value, out.options.first_cntlid)) return refuse("--first-cntlid wants a number");
  } else if (name == "--misbehave") {
    if (!target::add_misbehaviour(value, out.misbehaviour, error)) return refuse(error);
  } else {
    return refuse("unknown option " + name);
  }
  return true;
}

bool parse_arguments(int argc, char** argv, Arguments& out) {
  out.options.listen.clear();
  out.options.record_limit = 1000;  // for `hosts`; a program may run for days
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--self" || name == "--digest" || name == "--no-digest") {
      if (name == "--self") out.lists_itself = true;
      if (name != "--self") out.options.header_digest = out.options.data_digest = name == "--digest";
      continue;
    }
    if (i + 1 == argc) return refuse(name + " needs a value");
    if (!parse_option(name, argv[++i], out)) return false;
  }
  return !out.options.listen.empty() || refuse("--listen is missing");
}

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

/// Publishes the entries; with --self each listener begins with an entry for itself.
void publish(target::DiscoveryTarget& service, const Arguments& arguments) {
  for (std::size_t i = 0; i < service.listeners(); ++i) {
    std::vector<LogEntry> entries = arguments.entries;
    if (arguments.lists_itself) {
      const target::Address address = service.endpoint(i);
      const std::string& unique = arguments.options.nqn;
      const std::string nqn = unique.empty() ? std::string(target::kWellKnownNqn) : unique;
      entries.insert(entries.begin(), target::self(address.addr, address.port, nqn));
    }
    service.set_log(std::move(entries), i);
  }
}

void list_hosts(const target::DiscoveryTarget& service) {
  for (const auto& a : service.record().associations) {
    say("host " + a.peer + " " + a.hostnqn + " kato " + std::to_string(a.kato_ms) + " cntlid " +
        std::to_string(a.cntlid) + " logs " + std::to_string(a.log_reads) + " aens " + std::to_string(a.aens_sent) +
        " keep-alives " + std::to_string(a.keep_alives) + " shutdown " + (a.shutdown ? "yes" : "no") + ", " +
        std::string(to_string(a.ending)) + (a.protocol_error.empty() ? "" : ": " + a.protocol_error));
    for (const std::string& violation : a.violations) say("violation " + violation);
  }
  say("hosts " + std::to_string(service.record().connected()));
}

/// One line of stdin.  False: quit.
bool obey(const std::string& line, target::DiscoveryTarget& service, Arguments& arguments) {
  const std::size_t space = line.find(' ');
  const std::string verb = line.substr(0, space);
  const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
  std::string error;
  std::uint32_t dword = 0;
  if (verb == "quit") return false;
  if (verb.empty()) return true;
  if (verb == "add" || verb == "referral") {
    const auto entry = verb == "add" ? parse_entry(rest) : parse_referral(rest);
    if (!entry) {
      error = "bad entry: " + rest;
    } else {
      arguments.entries.push_back(*entry);
      publish(service, arguments);
    }
  } else if (verb == "remove") {
    const auto removed = std::erase_if(arguments.entries, [&](const LogEntry& e) { return e.subnqn == rest; });
    if (removed == 0) error = "no entry with NQN " + rest;
    if (removed > 0) publish(service, arguments);
  } else if (verb == "clear") {
    arguments.entries.clear();
    publish(service, arguments);
  } else if (verb == "aen") {
    service.announce();
  } else if (verb == "event" && parse_number(rest, dword)) {
    service.send_event(dword);
  } else if (verb == "misbehave") {
    if (target::add_misbehaviour(rest, arguments.misbehaviour, error)) service.set_misbehaviour(arguments.misbehaviour);
  } else if (verb == "behave") {
    arguments.misbehaviour = {};
    service.set_misbehaviour({});
  } else if (verb == "stop") {
    service.stop_listening();
  } else if (verb == "start") {
    if (!service.start_listening()) error = "a port is taken";
  } else if (verb == "drop") {
    service.drop_connections(target::Drop::kFin);
  } else if (verb == "reset") {
    service.drop_connections(target::Drop::kReset);
  } else if (verb == "pause") {
    service.pause();
  } else if (verb == "resume") {
    service.resume();
  } else if (verb == "hosts") {
    list_hosts(service);
  } else {
    error = "unknown command: " + line;
  }
  say(error.empty() ? "ok " + verb : "error " + error);
  return true;
}

int block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;  // one per host: benches have thousands
  setrlimit(RLIMIT_NOFILE, &limit);
}

void obey_until_end(int signals, target::DiscoveryTarget& service, Arguments& arguments) {
  std::string buffer;
  while (true) {
    pollfd waits[2] = {{STDIN_FILENO, POLLIN, 0}, {signals, POLLIN, 0}};
    if (poll(waits, 2, -1) < 0) continue;
    if (waits[1].revents != 0) return;
    char chunk[4096];
    const ssize_t size = read(STDIN_FILENO, chunk, sizeof(chunk));
    if (size <= 0) return;
    buffer.append(chunk, static_cast<std::size_t>(size));
    for (std::size_t end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n')) {
      const std::string line = buffer.substr(0, end);
      buffer.erase(0, end + 1);
      if (!obey(line, service, arguments)) return;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (argc < 2 || std::string_view(argv[1]) == "--help") {
    std::fputs((std::string(kUsage) + target::misbehaviour_names()).c_str(), stdout);
    return argc < 2 ? 1 : 0;
  }
  if (!parse_arguments(argc, argv, arguments)) return 1;
  const int signals = block_signals();
  raise_descriptor_limit();
  auto service = target::DiscoveryTarget::start(arguments.options);
  if (!service) {
    refuse(service.error());
    return 1;
  }
  publish(**service, arguments);
  (*service)->set_misbehaviour(arguments.misbehaviour);
  for (std::size_t i = 0; i < (*service)->listeners(); ++i) say("listening " + to_string((*service)->endpoint(i)));
  obey_until_end(signals, **service, arguments);
  return 0;
}
