// Between what is known and what outlives the agent. Converts; reads and writes no file.
#pragma once

#include "config/remembered.h"
#include "reconcile/model.h"

namespace reconcile {

/// The desired endpoints with their last good log pages.
config::Remembered remember(const DesiredState& desired, const ObservedState& observed, base::WallTime wall);

/// Puts remembered log pages where desire() finds them, marked as remembered.
void restore_pages(const config::Remembered& remembered, ObservedState& observed, TimePoint now,
                   base::WallTime wall);

}  // namespace reconcile
