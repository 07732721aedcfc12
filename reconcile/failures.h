// What a failure costs: how long until the next try. Chance is drawn when the failure is recorded, so that
// plan() stays pure.
#pragma once

#include "base/backoff.h"
#include "reconcile/model.h"
#include "reconcile/settings.h"

namespace reconcile {

/// Only new input mends it: invalid or denied requests, an error status of the target (the kernel shows it as
/// EIO). Still tried, slowly: a target that starts answers like that too.
bool is_parking(const base::Error& error);

/// Another failure in a row: counts, keeps the error, sets `not_before`.
void note_failure(Attempt& attempt, base::Error error, TimePoint now, const Settings& settings,
                  base::Chance& chance);

/// The session ended. One that was up for more than a minute starts from nothing; the first try after an up session comes
/// at some moment of the first delay: a service that restarts drops all its hosts at once, and they must not come back so.
void note_session_end(SessionView& session, base::Error error, TimePoint now, const Settings& settings,
                      base::Chance& chance);

/// A portal did not answer.
void note_silence(ProbeView& probe, base::Error error, TimePoint now, const Settings& settings,
                  base::Chance& chance);

}  // namespace reconcile
