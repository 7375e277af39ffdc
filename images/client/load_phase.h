#pragma once

// Before the workload begins: loads every model of the zoo, one request after the other, and waits
// until the controller takes inference requests (spec/workload.md §3.1 item 5, §3.5).

#include <functional>
#include <vector>

#include "images/client/controller_link.h"
#include "images/client/core/model_list.h"
#include "images/client/zoo_choice.h"
#include "images/common/base/result.h"

namespace clockwork::client {

// How often the controller is asked whether it is ready, and for how long.
inline constexpr Nanos kReadyRetryNs = 100 * kMillisecond;
inline constexpr Nanos kReadyTimeoutNs = 120 * kSecond;

// Loads `copies` of each entry and returns the list of all models, in the order that functions are
// mapped to. A refusal ends it with an error that names the model. There must be no pause between
// loads: the controller takes one second without any as the end of the phase.
Result<std::vector<LoadedModel>> LoadModels(ControllerLink* link, const ZooChoice& zoo,
                                            std::size_t copies);

// Sends LS until it succeeds. `wait_until` runs the loop until a point in time.
Status AwaitReady(ControllerLink* link, const std::function<void(Nanos deadline_ns)>& wait_until);

}  // namespace clockwork::client
