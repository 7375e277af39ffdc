// The actions of worker_messages.h.

#include "images/common/wire/pbf.h"
#include "images/common/wire/worker_messages.h"

namespace clockwork::wire {
namespace {

using protozero::pbf_reader;
using protozero::pbf_writer;

// Longest list of input sizes that is kept; what goes beyond is cut.
constexpr std::size_t kMaxInputs = 4096;

// The five fields that weights and infer actions share.
template <typename Action>
bool ReadWindow(pbf_reader& field, Action* action) {
  switch (field.tag()) {
    case 1:
      action->action_id = field.get_int32();
      return true;
    case 2:
      action->model_id = field.get_int32();
      return true;
    case 3:
      action->gpu_id = field.get_uint32();
      return true;
    case 4:
      action->earliest_ns = field.get_fixed64();
      return true;
    case 5:
      action->latest_ns = field.get_fixed64();
      return true;
    default:
      return false;
  }
}

template <typename Action>
void AppendWindow(pbf_writer& writer, const Action& action) {
  writer.add_int32(1, action.action_id);
  writer.add_int32(2, action.model_id);
  writer.add_uint32(3, action.gpu_id);
  writer.add_fixed64(4, action.earliest_ns);
  writer.add_fixed64(5, action.latest_ns);
}

}  // namespace

void Append(const LoadModelAction& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  writer.add_int32(1, message.action_id);
  writer.add_int32(2, message.model_id);
  writer.add_string(3, message.model_path.data(), message.model_path.size());
  writer.add_fixed64(4, message.earliest_ns);
  writer.add_fixed64(5, message.latest_ns);
  writer.add_int32(6, message.copies);
  writer.add_uint32(7, message.max_batch_size);
  writer.add_uint64(8, message.max_exec_ns);
}

Status Decode(std::string_view bytes, LoadModelAction* message) {
  constexpr const char* kName = "LoadModelFromDiskAction";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4, 5, 6, 7, 8), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          message->action_id = field.get_int32();
          return true;
        case 2:
          message->model_id = field.get_int32();
          return true;
        case 3:
          message->model_path = View(field.get_view());
          return true;
        case 4:
          message->earliest_ns = field.get_fixed64();
          return true;
        case 5:
          message->latest_ns = field.get_fixed64();
          return true;
        case 6:
          message->copies = field.get_int32();
          return true;
        case 7:
          message->max_batch_size = field.get_uint32();
          return true;
        case 8:
          message->max_exec_ns = field.get_uint64();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const LoadWeightsAction& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendWindow(writer, message);
  writer.add_uint64(6, message.expected_duration_ns);
}

Status Decode(std::string_view bytes, LoadWeightsAction* message) {
  constexpr const char* kName = "LoadWeightsAction";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4, 5, 6), [&](pbf_reader& field) {
      if (field.tag() != 6) return ReadWindow(field, message);
      message->expected_duration_ns = field.get_uint64();
      return true;
    });
  });
}

void Append(const EvictWeightsAction& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendWindow(writer, message);
}

Status Decode(std::string_view bytes, EvictWeightsAction* message) {
  constexpr const char* kName = "EvictWeightsAction";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4, 5),
               [&](pbf_reader& field) { return ReadWindow(field, message); });
  });
}

void Append(const InferAction& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendWindow(writer, message);
  writer.add_uint64(6, message.expected_duration_ns);
  writer.add_uint32(7, message.batch_size);
  for (const std::uint32_t size : message.input_sizes) writer.add_uint32(8, size);
}

Status Decode(std::string_view bytes, InferAction* message) {
  constexpr const char* kName = "InferAction";
  message->input_sizes.clear();
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4, 5, 6, 7), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 6:
          message->expected_duration_ns = field.get_uint64();
          return true;
        case 7:
          message->batch_size = field.get_uint32();
          return true;
        case 8:
          ReadRepeated(field, kMaxInputs, &message->input_sizes);
          return true;
        default:
          return ReadWindow(field, message);
      }
    });
  });
}

void Append(const PlainAction& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  writer.add_int32(1, message.action_id);
}

Status Decode(std::string_view bytes, PlainAction* message) {
  constexpr const char* kName = "action";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1), [&](pbf_reader& field) {
      if (field.tag() != 1) return false;
      message->action_id = field.get_int32();
      return true;
    });
  });
}

}  // namespace clockwork::wire
