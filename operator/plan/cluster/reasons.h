#pragma once

// The reasons in conditions, active trials and events. docs/troubleshooting.md explains each, and a
// test compares the two.

namespace clockwork::plan::cluster::reason {

// Blockers that a pod shows.
inline constexpr const char* kImagePullBackOff = "ImagePullBackOff";
inline constexpr const char* kErrImagePull = "ErrImagePull";
inline constexpr const char* kInvalidImageName = "InvalidImageName";
inline constexpr const char* kErrImageNeverPull = "ErrImageNeverPull";
inline constexpr const char* kCreateContainerConfigError = "CreateContainerConfigError";
inline constexpr const char* kCreateContainerError = "CreateContainerError";
inline constexpr const char* kContainerCreating = "ContainerCreating";
inline constexpr const char* kUnschedulable = "Unschedulable";
inline constexpr const char* kSchedulingGated = "SchedulingGated";
// Blockers around them.
inline constexpr const char* kNodesMissing = "NodesMissing";
inline constexpr const char* kPodsTerminating = "PodsTerminating";
inline constexpr const char* kClaimUnbound = "ClaimUnbound";
inline constexpr const char* kClaimMissing = "ClaimMissing";
inline constexpr const char* kClaimLost = "ClaimLost";
inline constexpr const char* kQuotaExceeded = "QuotaExceeded";
inline constexpr const char* kAdmissionDenied = "AdmissionDenied";
inline constexpr const char* kForbidden = "Forbidden";
inline constexpr const char* kObjectInvalid = "ObjectInvalid";
inline constexpr const char* kNameConflict = "NameConflict";
// Why an attempt ended without a valid measurement.
inline constexpr const char* kContainerFailed = "ContainerFailed";
inline constexpr const char* kOomKilled = "OOMKilled";
inline constexpr const char* kEvicted = "Evicted";
inline constexpr const char* kNodeLost = "NodeLost";
inline constexpr const char* kPodLost = "PodLost";
inline constexpr const char* kStartupDeadline = "StartupDeadline";
inline constexpr const char* kTrialDeadline = "TrialDeadline";
inline constexpr const char* kResultMissing = "ResultMissing";
inline constexpr const char* kClientLag = "ClientLag";
inline constexpr const char* kTrialInvalid = "TrialInvalid";
// Of the whole experiment.
inline constexpr const char* kInvalidSpec = "InvalidSpec";
inline constexpr const char* kWaiting = "Waiting";
inline constexpr const char* kRunning = "Running";
inline constexpr const char* kSuspended = "Suspended";
inline constexpr const char* kAllMeasured = "AllMeasured";
inline constexpr const char* kTrialsMissing = "TrialsMissing";
inline constexpr const char* kGaveUp = "GaveUp";
inline constexpr const char* kExperimentDeadline = "ExperimentDeadline";
inline constexpr const char* kAsExpected = "AsExpected";
// Of the figures.
inline constexpr const char* kDrawing = "Drawing";
inline constexpr const char* kFiguresDrawn = "FiguresDrawn";
inline constexpr const char* kFiguresDeadline = "FiguresDeadline";
inline constexpr const char* kFiguresMissing = "FiguresMissing";
// Of events only.
inline constexpr const char* kExperimentStarted = "ExperimentStarted";
inline constexpr const char* kTrialStarted = "TrialStarted";
inline constexpr const char* kTrialMeasured = "TrialMeasured";
inline constexpr const char* kResumed = "Resumed";

}  // namespace clockwork::plan::cluster::reason
