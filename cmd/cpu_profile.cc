// The handler only reads registers, follows frame pointers and writes into memory that was there before. Frames are
// read by process_vm_readv: a wild frame pointer is then an error value instead of a crash.
#include "cmd/cpu_profile.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>

#include "base/file.h"

namespace cmd {
namespace {

using Word = std::uintptr_t;

constexpr std::size_t kDepth = 64;
constexpr std::size_t kWords = std::size_t{1} << 20;  // 8 MiB, touched as it fills: two cores busy for over a minute
constexpr std::size_t kMapsMax = 4 << 20;

/// What the handler writes into; nothing else may touch it while `active`.
struct Samples {
  std::unique_ptr<Word[]> words{};
  std::atomic<std::size_t> used{0};
  std::atomic<int> inside{0};     ///< handlers at work
  std::atomic<bool> active{false};
  std::atomic<bool> taken{false};  ///< there is a CpuProfile
  std::atomic<pid_t> thread{0};    ///< the watched one; 0: all
  std::atomic<clockid_t> clock{CLOCK_PROCESS_CPUTIME_ID};
  timer_t timer{};
  Word period_us{0};
};
Samples samples;
static_assert(std::atomic<std::size_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

struct Registers {
  Word pc{0};
  Word frame{0};
  Word stack{0};
};

#if defined(__x86_64__)
constexpr bool kKnownMachine = true;
Registers registers_of(const ucontext_t& context) {
  return {static_cast<Word>(context.uc_mcontext.gregs[REG_RIP]), static_cast<Word>(context.uc_mcontext.gregs[REG_RBP]),
          static_cast<Word>(context.uc_mcontext.gregs[REG_RSP])};
}
#elif defined(__aarch64__)
constexpr bool kKnownMachine = true;
Registers registers_of(const ucontext_t& context) {
  return {context.uc_mcontext.pc, context.uc_mcontext.regs[29], context.uc_mcontext.sp};
}
#else
constexpr bool kKnownMachine = false;
Registers registers_of(const ucontext_t&) { return {}; }
#endif

/// A frame record: the caller's frame pointer, then the return address (System V x86-64 and AAPCS64 alike).
bool read_frame(Word address, std::array<Word, 2>& frame) {
  iovec to{frame.data(), sizeof frame};
  iovec from{reinterpret_cast<void*>(address), sizeof frame};
  return ::process_vm_readv(::getpid(), &to, 1, &from, 1, 0) == static_cast<ssize_t>(sizeof frame);
}

std::size_t walk(const Registers& start, std::array<Word, kDepth>& stack) {
  constexpr Word kFrameMax = 1 << 20;  // a larger step is no frame of ours
  std::size_t depth = 0;
  stack[depth++] = start.pc;
  Word lowest = start.stack;
  Word frame = start.frame;
  std::array<Word, 2> record{};
  while (depth < kDepth && frame >= lowest && frame - lowest < kFrameMax && frame % sizeof(Word) == 0) {
    if (!read_frame(frame, record) || record[1] == 0) break;
    stack[depth++] = record[1];
    lowest = frame + sizeof record;
    frame = record[0];
  }
  return depth;
}

void on_sample(int, siginfo_t*, void* context) {
  const int saved = errno;
  samples.inside.fetch_add(1);
  if (samples.active.load()) {
    std::array<Word, kDepth> stack{};
    const std::size_t depth = walk(registers_of(*static_cast<const ucontext_t*>(context)), stack);
    std::size_t at = samples.used.load();
    while (at + 2 + depth <= kWords && !samples.used.compare_exchange_weak(at, at + 2 + depth)) {}
    if (at + 2 + depth <= kWords) {
      samples.words[at] = 1;
      samples.words[at + 1] = depth;
      std::memcpy(&samples.words[at + 2], stack.data(), depth * sizeof(Word));
    }
  }
  samples.inside.fetch_sub(1);
  errno = saved;
}

/// Every period of the watched thread's CPU time, a signal to that thread.
bool start_timer(Word period_us) {
  sigevent event{};
  event.sigev_signo = SIGPROF;
  event.sigev_notify = samples.thread.load() != 0 ? SIGEV_THREAD_ID : SIGEV_SIGNAL;
  event._sigev_un._tid = samples.thread.load();
  if (::timer_create(samples.clock.load(), &event, &samples.timer) != 0) return false;
  const timespec period{.tv_sec = static_cast<time_t>(period_us / 1'000'000),
                        .tv_nsec = static_cast<long>(period_us % 1'000'000 * 1'000)};
  const itimerspec timer{.it_interval = period, .it_value = period};
  if (::timer_settime(samples.timer, 0, &timer, nullptr) == 0) return true;
  ::timer_delete(samples.timer);
  return false;
}

void stop_sampling() {
  ::timer_delete(samples.timer);
  samples.active.store(false);
  // A signal that is still on its way must not end the process, which is SIGPROF's default.
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPROF, &ignore, nullptr);
  while (samples.inside.load() != 0) {}  // a handler takes microseconds
}

void append(std::string& out, std::initializer_list<Word> words) {
  for (const Word word : words) out.append(reinterpret_cast<const char*>(&word), sizeof word);
}

}  // namespace

base::Result<CpuProfile> CpuProfile::start(int hertz) {
  if (!kKnownMachine) return base::fail(base::ErrorKind::kUnsupported, "CPU profiles: this processor's registers are not known");
  if (hertz < 1 || hertz > 1000) return base::fail(base::ErrorKind::kInvalid, "CPU profiles: 1 to 1000 samples a second");
  if (samples.taken.exchange(true)) return base::fail(base::ErrorKind::kBusy, "a CPU profile is being taken already");
  samples.words = std::unique_ptr<Word[]>(new Word[kWords]);  // not filled with zeros: untouched pages cost nothing
  samples.used.store(0);
  samples.period_us = static_cast<Word>(1'000'000 / hertz);
  struct sigaction action{};
  action.sa_sigaction = on_sample;
  action.sa_flags = SA_RESTART | SA_SIGINFO;
  sigfillset(&action.sa_mask);
  samples.active.store(true);
  if (::sigaction(SIGPROF, &action, nullptr) == 0 && start_timer(samples.period_us)) return CpuProfile();
  const base::Error error = base::errno_error(errno, "CPU profile");
  samples.active.store(false);
  samples.words.reset();
  samples.taken.store(false);
  return std::unexpected(error);
}

void CpuProfile::watch_this_thread() {
  clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
  if (::pthread_getcpuclockid(::pthread_self(), &clock) != 0) return;
  samples.clock.store(clock);
  samples.thread.store(static_cast<pid_t>(::syscall(SYS_gettid)));
}

CpuProfile::CpuProfile(CpuProfile&& other) noexcept : running_(other.running_) { other.running_ = false; }

CpuProfile::~CpuProfile() {
  if (!running_) return;
  stop_sampling();
  samples.words.reset();
  samples.taken.store(false);
}

std::string CpuProfile::finish() {
  if (!running_) return {};
  stop_sampling();
  std::string out;
  append(out, {0, 3, 0, samples.period_us, 0});  // header: its length, version, period
  out.append(reinterpret_cast<const char*>(samples.words.get()), samples.used.load() * sizeof(Word));
  append(out, {0, 1, 0});  // trailer
  out += base::read_file("/proc/self/maps", kMapsMax).value_or("");
  samples.words.reset();
  running_ = false;
  samples.taken.store(false);
  return out;
}

}  // namespace cmd
