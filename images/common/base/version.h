#pragma once

namespace clockwork {

// "0.1.0 (commit)", fixed at build time.
const char* Version();

}  // namespace clockwork
