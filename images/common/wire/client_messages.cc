#include "images/common/wire/client_messages.h"

#include "images/common/wire/pbf.h"

namespace clockwork::wire {
namespace {

using protozero::pbf_reader;
using protozero::pbf_writer;

// A client may own at most this many models; a longer list in an LS response is cut.
constexpr std::size_t kMaxModels = 1 << 20;

void AppendHeader(pbf_writer& writer, const RequestHeader& header) {
  pbf_writer nested(writer, 1);
  nested.add_int32(1, header.user_id);
  nested.add_int32(2, header.user_request_id);
}

void AppendHeader(pbf_writer& writer, const ResponseHeader& header) {
  pbf_writer nested(writer, 1);
  nested.add_int32(1, header.user_request_id);
  nested.add_int32(2, header.status);
  if (!header.message.empty()) {
    nested.add_string(3, header.message.data(), header.message.size());
  }
}

void ReadHeader(pbf_reader& reader, RequestHeader* header) {
  ReadFields(reader.get_view(), "RequestHeader", 0, [&](pbf_reader& field) {
    switch (field.tag()) {
      case 1:
        header->user_id = field.get_int32();
        return true;
      case 2:
        header->user_request_id = field.get_int32();
        return true;
      default:
        return false;
    }
  });
}

void ReadHeader(pbf_reader& reader, ResponseHeader* header) {
  ReadFields(reader.get_view(), "ResponseHeader", 0, [&](pbf_reader& field) {
    switch (field.tag()) {
      case 1:
        header->user_request_id = field.get_int32();
        return true;
      case 2:
        header->status = field.get_int32();
        return true;
      case 3:
        header->message = View(field.get_view());
        return true;
      default:
        return false;
    }
  });
}

ClientModel ReadModel(protozero::data_view bytes) {
  ClientModel model;
  ReadFields(bytes, "ClientModelInfo", Bits(1, 2, 3, 4), [&](pbf_reader& field) {
    switch (field.tag()) {
      case 1:
        model.model_id = field.get_uint32();
        return true;
      case 2:
        model.remote_path = View(field.get_view());
        return true;
      case 3:
        model.input_bytes = field.get_uint64();
        return true;
      case 4:
        model.output_bytes = field.get_uint64();
        return true;
      default:
        return false;
    }
  });
  return model;
}

}  // namespace

void Append(const InferenceRequest& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
  writer.add_uint32(2, message.model_id);
  writer.add_uint32(3, message.batch_size);
  writer.add_float(4, message.slo_factor);
}

Status Decode(std::string_view bytes, InferenceRequest* message) {
  constexpr const char* kName = "ModelInferenceReq";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          ReadHeader(field, &message->header);
          return true;
        case 2:
          message->model_id = field.get_uint32();
          return true;
        case 3:
          message->batch_size = field.get_uint32();
          return true;
        case 4:
          message->slo_factor = field.get_float();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const InferenceResponse& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
  writer.add_uint32(2, message.model_id);
  writer.add_uint32(3, message.batch_size);
}

Status Decode(std::string_view bytes, InferenceResponse* message) {
  constexpr const char* kName = "ModelInferenceRsp";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          ReadHeader(field, &message->header);
          return true;
        case 2:
          message->model_id = field.get_uint32();
          return true;
        case 3:
          message->batch_size = field.get_uint32();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const LoadModelRequest& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
  writer.add_string(2, message.remote_path.data(), message.remote_path.size());
  writer.add_int32(3, message.copies);
}

Status Decode(std::string_view bytes, LoadModelRequest* message) {
  constexpr const char* kName = "LoadModelFromDiskReq";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          ReadHeader(field, &message->header);
          return true;
        case 2:
          message->remote_path = View(field.get_view());
          return true;
        case 3:
          message->copies = field.get_int32();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const LoadModelResponse& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
  writer.add_uint32(2, message.model_id);
  writer.add_uint64(3, message.input_bytes);
  writer.add_uint64(4, message.output_bytes);
  writer.add_int32(5, message.copies_created);
}

Status Decode(std::string_view bytes, LoadModelResponse* message) {
  constexpr const char* kName = "LoadModelFromDiskRsp";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1, 2, 3, 4, 5), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          ReadHeader(field, &message->header);
          return true;
        case 2:
          message->model_id = field.get_uint32();
          return true;
        case 3:
          message->input_bytes = field.get_uint64();
          return true;
        case 4:
          message->output_bytes = field.get_uint64();
          return true;
        case 5:
          message->copies_created = field.get_int32();
          return true;
        default:
          return false;
      }
    });
  });
}

void Append(const HeaderOnlyRequest& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
}

Status Decode(std::string_view bytes, HeaderOnlyRequest* message) {
  constexpr const char* kName = "request";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1), [&](pbf_reader& field) {
      if (field.tag() != 1) return false;
      ReadHeader(field, &message->header);
      return true;
    });
  });
}

void Append(const EvictResponse& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
}

Status Decode(std::string_view bytes, EvictResponse* message) {
  constexpr const char* kName = "EvictRsp";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1), [&](pbf_reader& field) {
      if (field.tag() != 1) return false;
      ReadHeader(field, &message->header);
      return true;
    });
  });
}

void Append(const UploadModelResponse& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
  writer.add_uint32(2, 0);
  writer.add_uint64(3, 0);
  writer.add_uint64(4, 0);
}

void Append(const LsResponse& message, std::string* buffer) {
  pbf_writer writer(*buffer);
  AppendHeader(writer, message.header);
  for (const ClientModel& model : message.models) {
    pbf_writer nested(writer, 2);
    nested.add_uint32(1, model.model_id);
    nested.add_string(2, model.remote_path.data(), model.remote_path.size());
    nested.add_uint64(3, model.input_bytes);
    nested.add_uint64(4, model.output_bytes);
  }
}

Status Decode(std::string_view bytes, LsResponse* message) {
  constexpr const char* kName = "LSRsp";
  return Guarded(kName, [&] {
    ReadFields(View(bytes), kName, Bits(1), [&](pbf_reader& field) {
      switch (field.tag()) {
        case 1:
          ReadHeader(field, &message->header);
          return true;
        case 2: {
          const ClientModel model = ReadModel(field.get_view());
          if (message->models.size() < kMaxModels) message->models.push_back(model);
          return true;
        }
        default:
          return false;
      }
    });
  });
}

}  // namespace clockwork::wire
