// The results of worker_messages.h.

#include "images/common/wire/pbf.h"
#include "images/common/wire/worker_messages.h"

namespace clockwork::wire {
namespace {

using protozero::pbf_reader;
using protozero::pbf_writer;

// Longest lists that are kept; what goes beyond is cut.
constexpr std::size_t kMaxBatchSizes = 64;
constexpr std::size_t kMaxGpus = 1 << 16;
constexpr std::size_t kMaxModelsOfWorker = 1 << 22;

void AppendTiming(pbf_writer& writer, protozero::pbf_tag_type tag, const Timing& timing) {
  pbf_writer nested(writer, tag);
  nested.add_fixed64(1, timing.begin_ns);
  nested.add_fixed64(2, timing.end_ns);
  nested.add_fixed64(3, timing.duration_ns);
}

void ReadTiming(pbf_reader& reader, Timing* timing) {
  ReadFields(reader.get_view(), "Timing", Bits(1, 2, 3), [&](pbf_reader& field) {
    switch (field.tag()) {
      case 1:
        timing->begin_ns = field.get_fixed64();
        return true;
      case 2:
        timing->end_ns = field.get_fixed64();
        return true;
      case 3:
        timing->duration_ns = field.get_fixed64();
        return true;
      default:
        return false;
    }
  });
}

void AppendModel(pbf_writer& writer, const ModelInfo& model) {
  pbf_writer nested(writer, 5);
  nested.add_int32(1, model.model_id);
  nested.add_string(2, model.source);
  nested.add_uint64(3, model.input_bytes);
  nested.add_uint64(4, model.output_bytes);
  for (const std::uint32_t batch : model.supported_batch_sizes) nested.add_uint32(5, batch);
  nested.add_uint64(6, model.weights_bytes);
  nested.add_uint32(7, model.weights_pages);
  nested.add_uint64(8, model.weights_load_ns);
  for (const std::uint64_t exec_ns : model.batch_exec_ns) nested.add_uint64(9, exec_ns);
}

bool ReadModelField(pbf_reader& field, ModelInfo* model) {
  switch (field.tag()) {
    case 1:
      model->model_id = field.get_int32();
      return true;
    case 2:
      model->source = field.get_string();
      return true;
    case 3:
      model->input_bytes = field.get_uint64();
      return true;
    case 4:
      model->output_bytes = field.get_uint64();
      return true;
    case 5:
      ReadRepeated(field, kMaxBatchSizes, &model->supported_batch_sizes);
      return true;
    case 6:
      model->weights_bytes = field.get_uint64();
      return true;
    case 7:
      model->weights_pages = field.get_uint32();
      return true;
    case 8:
      model->weights_load_ns = field.get_uint64();
      return true;
    case 9:
      ReadRepeated(field, kMaxBatchSizes, &model->batch_exec_ns);
      return true;
    default:
      return false;
  }
}

void AppendGpu(pbf_writer& writer, const GpuInfo& gpu) {
  pbf_writer nested(writer, 4);
  nested.add_int32(1, gpu.gpu_id);
  nested.add_uint64(2, gpu.weights_cache_bytes);
  nested.add_int32(3, gpu.weights_cache_pages);
  for (const std::uint32_t model : gpu.models) nested.add_uint32(4, model);
  nested.add_uint64(5, gpu.io_pool_bytes);
  nested.add_uint64(6, gpu.workspace_pool_bytes);
}

bool ReadGpuField(pbf_reader& field, GpuInfo* gpu) {
  switch (field.tag()) {
    case 1:
      gpu->gpu_id = field.get_int32();
      return true;
    case 2:
      gpu->weights_cache_bytes = field.get_uint64();
      return true;
    case 3:
      gpu->weights_cache_pages = field.get_int32();
      return true;
    case 4:
      ReadRepeated(field, kMaxModelsOfWorker, &gpu->models);
      return true;
    case 5:
      gpu->io_pool_bytes = field.get_uint64();
      return true;
    case 6:
      gpu->workspace_pool_bytes = field.get_uint64();
      return true;
    default:
      return false;
  }
}

void ReadMemoryInfo(protozero::data_view bytes, GetWorkerStateResult* message) {
  ReadFields(bytes, "WorkerMemoryInfo", Bits(1, 2, 3), [&](pbf_reader& field) {
    switch (field.tag()) {
      case 1:
        message->page_bytes = field.get_uint64();
        return true;
      case 2:
        message->host_weights_cache_bytes = field.get_uint64();
        return true;
      case 3:
        message->host_io_pool_bytes = field.get_uint64();
        return true;
      case 4: {
        GpuInfo gpu;
        ReadFields(field.get_view(), "GPUInfo", Bits(1, 2, 3, 5, 6),
                   [&](pbf_reader& inner) { return ReadGpuField(inner, &gpu); });
        if (message->gpus.size() < kMaxGpus) message->gpus.push_back(std::move(gpu));
        return true;
      }
      case 5: {
        ModelInfo model;
        ReadFields(field.get_view(), "ModelInfo", Bits(1, 2, 3, 4, 6, 7, 8),
                   [&](pbf_reader& inner) { return ReadModelField(inner, &model); });
        if (message->models.size() < kMaxModelsOfWorker)
          message->models.push_back(std::move(model));
        return true;
      }
      default:
        return false;
    }
  });
}

bool ReadLoadModelResultField(pbf_reader& field, LoadModelResult* message) {
  switch (field.tag()) {
    case 1:
      message->action_id = field.get_int32();
      return true;
    case 2:
      ReadTiming(field, &message->timing);
      return true;
    case 3:
      message->input_bytes = field.get_uint64();
      return true;
    case 4:
      message->output_bytes = field.get_uint64();
      return true;
    case 5:
      ReadRepeated(field, kMaxBatchSizes, &message->supported_batch_sizes);
      return true;
    case 6:
      message->weights_bytes_in_cache = field.get_uint64();
      return true;
    case 7:
      message->weights_pages = field.get_uint32();
      return true;
    case 8:
      message->weights_load_ns = field.get_uint64();
      return true;
    case 9:
      ReadRepeated(field, kMaxBatchSizes, &message->batch_exec_ns);
      return true;
    case 10:
      message->copies_created = field.get_int32();
      return true;
    case 11:
      message->action_received_ns = field.get_fixed64();
      return true;
    case 12:
      message->result_sent_ns = field.get_fixed64();
      return true;
    default:
      return false;
  }
}

}  // namespace

void Append(const ErrorResult& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  writer.add_int32(1, message.action_id);
  writer.add_int32(2, message.action_type);
  writer.add_int32(3, message.status);
  writer.add_string(4, message.message);
  writer.add_fixed64(5, message.action_received_ns);
  writer.add_fixed64(6, message.result_sent_ns);
}

Status Decode(std::string_view bytes, ErrorResult* message) {
  constexpr const char* kName = "ErrorResult";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4, 5, 6), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          message->action_id = field.get_int32();
          return true;
        case 2:
          message->action_type = field.get_int32();
          return true;
        case 3:
          message->status = field.get_int32();
          return true;
        case 4:
          message->message = field.get_string();
          return true;
        case 5:
          message->action_received_ns = field.get_fixed64();
          return true;
        case 6:
          message->result_sent_ns = field.get_fixed64();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const LoadModelResult& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  writer.add_int32(1, message.action_id);
  AppendTiming(writer, 2, message.timing);
  writer.add_uint64(3, message.input_bytes);
  writer.add_uint64(4, message.output_bytes);
  for (const std::uint32_t batch : message.supported_batch_sizes) writer.add_uint32(5, batch);
  writer.add_uint64(6, message.weights_bytes_in_cache);
  writer.add_uint32(7, message.weights_pages);
  writer.add_uint64(8, message.weights_load_ns);
  for (const std::uint64_t exec_ns : message.batch_exec_ns) writer.add_uint64(9, exec_ns);
  writer.add_int32(10, message.copies_created);
  writer.add_fixed64(11, message.action_received_ns);
  writer.add_fixed64(12, message.result_sent_ns);
}

Status Decode(std::string_view bytes, LoadModelResult* message) {
  constexpr const char* kName = "LoadModelFromDiskResult";
  message->supported_batch_sizes.clear();
  message->batch_exec_ns.clear();
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4, 6, 7, 8, 10, 11, 12),
               [&](pbf_reader& field) { return ReadLoadModelResultField(field, message); });
  });
}

void Append(const WeightsResult& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  writer.add_int32(1, message.action_id);
  AppendTiming(writer, 2, message.timing);
  writer.add_fixed64(3, message.action_received_ns);
  writer.add_fixed64(4, message.result_sent_ns);
}

Status Decode(std::string_view bytes, WeightsResult* message) {
  constexpr const char* kName = "weights result";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          message->action_id = field.get_int32();
          return true;
        case 2:
          ReadTiming(field, &message->timing);
          return true;
        case 3:
          message->action_received_ns = field.get_fixed64();
          return true;
        case 4:
          message->result_sent_ns = field.get_fixed64();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const InferResult& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  writer.add_int32(1, message.action_id);
  AppendTiming(writer, 2, message.copy_input);
  AppendTiming(writer, 3, message.exec);
  AppendTiming(writer, 4, message.copy_output);
  writer.add_uint32(5, message.gpu_id);
  writer.add_uint32(6, message.gpu_clock_before);
  writer.add_uint32(7, message.gpu_clock);
  writer.add_fixed64(8, message.action_received_ns);
  writer.add_fixed64(9, message.result_sent_ns);
}

Status Decode(std::string_view bytes, InferResult* message) {
  constexpr const char* kName = "InferResult";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4, 5, 6, 7, 8, 9), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          message->action_id = field.get_int32();
          return true;
        case 2:
          ReadTiming(field, &message->copy_input);
          return true;
        case 3:
          ReadTiming(field, &message->exec);
          return true;
        case 4:
          ReadTiming(field, &message->copy_output);
          return true;
        case 5:
          message->gpu_id = field.get_uint32();
          return true;
        case 6:
          message->gpu_clock_before = field.get_uint32();
          return true;
        case 7:
          message->gpu_clock = field.get_uint32();
          return true;
        case 8:
          message->action_received_ns = field.get_fixed64();
          return true;
        case 9:
          message->result_sent_ns = field.get_fixed64();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const ClearCacheResult& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  writer.add_int32(1, message.action_id);
  writer.add_uint64(2, message.action_received_ns);
  writer.add_uint64(3, message.result_sent_ns);
}

Status Decode(std::string_view bytes, ClearCacheResult* message) {
  constexpr const char* kName = "ClearCacheResult";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          message->action_id = field.get_int32();
          return true;
        case 2:
          message->action_received_ns = field.get_uint64();
          return true;
        case 3:
          message->result_sent_ns = field.get_uint64();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const GetWorkerStateResult& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  writer.add_int32(1, message.action_id);
  {
    pbf_writer memory(writer, 2);
    memory.add_uint64(1, message.page_bytes);
    memory.add_uint64(2, message.host_weights_cache_bytes);
    memory.add_uint64(3, message.host_io_pool_bytes);
    for (const GpuInfo& gpu : message.gpus) AppendGpu(memory, gpu);
    for (const ModelInfo& model : message.models) AppendModel(memory, model);
  }
  writer.add_uint64(3, message.action_received_ns);
  writer.add_uint64(4, message.result_sent_ns);
}

Status Decode(std::string_view bytes, GetWorkerStateResult* message) {
  constexpr const char* kName = "GetWorkerStateResult";
  message->gpus.clear();
  message->models.clear();
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          message->action_id = field.get_int32();
          return true;
        case 2:
          ReadMemoryInfo(field.get_view(), message);
          return true;
        case 3:
          message->action_received_ns = field.get_uint64();
          return true;
        case 4:
          message->result_sent_ns = field.get_uint64();
          return true;
        default:
          return false;
      }
    });
  });
}

}  // namespace clockwork::wire
