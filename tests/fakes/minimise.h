// Makes a failing story short enough to be read: delta debugging over its lines, then over its waits. Runs what it is given;
// knows of the lines only that "run 5s" is a wait.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace fakes {

using Lines = std::vector<std::string>;

/// A part of `lines`, in order, with waits that are not longer, for which `fails` holds as it does for all of them; with
/// any one line less it does not. `keep`: as many lines at the end stay.
Lines minimise(Lines lines, std::size_t keep, const std::function<bool(const Lines&)>& fails);

}  // namespace fakes
