// Backoff for paths, sessions and portals; each key has its own (B1), nothing gives up.
#include "reconcile/failures.h"

#include <cerrno>

namespace reconcile {

namespace {

constexpr base::Duration kSteady = 1min;  // a session that lasted this long was no failure

/// A target that boots refuses connections for long and then the host for a moment, until its lists are
/// loaded: the slow waits count from the first refusal, not from the first failure.
base::Duration wait_after(const Attempt& attempt, const Settings& settings, base::Chance& chance) {
  if (attempt.refusals == 0) return base::backoff_delay(settings.backoff, attempt.failures, chance.unit());
  const base::BackoffPolicy slow{settings.parked_first, settings.parked_retry, settings.backoff.jitter};
  return base::backoff_delay(slow, attempt.refusals, chance.unit());
}

}  // namespace

bool is_parking(const base::Error& error) {
  if (!error.retryable()) return true;
  return error.kind == base::ErrorKind::kIo && error.code == EIO;
}

void note_failure(Attempt& attempt, base::Error error, TimePoint now, const Settings& settings,
                  base::Chance& chance) {
  ++attempt.failures;
  attempt.refusals = is_parking(error) ? attempt.refusals + 1 : 0;
  attempt.last_at = now;
  attempt.not_before = now + wait_after(attempt, settings, chance);
  attempt.last_error = std::move(error);
}

void note_session_end(SessionView& session, base::Error error, TimePoint now, const Settings& settings,
                      base::Chance& chance) {
  const bool was_up = session.phase == SessionPhase::kUp;
  if (was_up && now - session.since > kSteady) session.attempt.failures = session.attempt.refusals = 0;
  const bool soon = was_up && session.attempt.failures == 0 && !is_parking(error);
  note_failure(session.attempt, std::move(error), now, settings, chance);
  if (soon) session.attempt.not_before = now + base::spread(settings.backoff.initial, chance.unit());
}

void note_silence(ProbeView& probe, base::Error error, TimePoint now, const Settings& settings,
                  base::Chance& chance) {
  ++probe.failures;
  probe.at = now;
  probe.not_before = now + base::backoff_delay(settings.backoff, probe.failures, chance.unit());
  probe.error = std::move(error);
}

}  // namespace reconcile
