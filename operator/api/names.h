#pragma once

// How the values of the enumerations are written.

#include <array>
#include <string_view>
#include <utility>

#include "operator/api/scalability_experiment.h"

namespace clockwork::api {

template <typename E, std::size_t count>
using NameTable = std::array<std::pair<std::string_view, E>, count>;

inline constexpr NameTable<ModelOrder, 3> kModelOrders = {
    {{"published", ModelOrder::kPublished},
     {"alphabetical", ModelOrder::kAlphabetical},
     {"shuffled", ModelOrder::kShuffled}}};
inline constexpr NameTable<TraceSource, 2> kTraceSources = {
    {{"Synthetic", TraceSource::kSynthetic},
     {"AzureFunctions2019", TraceSource::kAzureFunctions2019}}};
inline constexpr NameTable<SchedulerType, 1> kSchedulerTypes = {
    {{"INFER5", SchedulerType::kInfer5}}};
inline constexpr NameTable<PullPolicy, 3> kPullPolicies = {
    {{"IfNotPresent", PullPolicy::kIfNotPresent},
     {"Always", PullPolicy::kAlways},
     {"Never", PullPolicy::kNever}}};
inline constexpr NameTable<Cleanup, 3> kCleanups = {
    {{"OnSuccess", Cleanup::kOnSuccess}, {"Always", Cleanup::kAlways}, {"Never", Cleanup::kNever}}};
inline constexpr NameTable<TolerationOperator, 2> kTolerationOperators = {
    {{"Equal", TolerationOperator::kEqual}, {"Exists", TolerationOperator::kExists}}};
inline constexpr NameTable<TaintEffect, 3> kTaintEffects = {
    {{"NoSchedule", TaintEffect::kNoSchedule},
     {"PreferNoSchedule", TaintEffect::kPreferNoSchedule},
     {"NoExecute", TaintEffect::kNoExecute}}};

// The written name of a value that the table holds.
template <typename E, std::size_t count>
constexpr std::string_view NameOf(const NameTable<E, count>& table, E value) {
  for (const auto& [name, candidate] : table) {
    if (candidate == value) return name;
  }
  return "";
}

}  // namespace clockwork::api
