#include "tests/unit/manifests/api_page.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <vector>

namespace clockwork::testing {
namespace {

// Longer ones tell a reader nothing; the descriptions say what they mean.
constexpr std::size_t kMaxShownPatternBytes = 30;

constexpr const char* kHead =
    "# ScalabilityExperiment\n\n"
    "Group `clockwork.dev`, version `v1alpha1`, short name `scx`. The same file is applied to a "
    "cluster and given to\n"
    "`clockwork-experiment`; both refuse the same mistakes. `kubectl explain scx.spec` prints what "
    "stands here. Fractions\n"
    "are decimals in quotes, units are in the names, and a field that is left out or null has its "
    "default. Unknown\n"
    "fields are refused (by `kubectl apply` with its usual `--validate=strict`).\n\n"
    "This page is made from `manifests/crd/scalabilityexperiments.yaml` by "
    "`build/tests/api_page > docs/api.md`; a test\n"
    "fails when it is not up to date.\n";

std::string Text(const YAML::Node& node) { return node ? node.as<std::string>() : ""; }

// In a cell of a table.
std::string Cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

std::string Flow(const YAML::Node& value) {
  YAML::Emitter out;
  out.SetMapFormat(YAML::Flow);
  out.SetSeqFormat(YAML::Flow);
  out << value;
  return out.c_str();
}

std::string Joined(const YAML::Node& list, const char* separator) {
  std::string text;
  for (const YAML::Node& entry : list) {
    text += (text.empty() ? "" : separator) + fmt::format("`{}`", Text(entry));
  }
  return text;
}

std::string TypeOf(const YAML::Node& schema);

std::string Bounds(const YAML::Node& schema) {
  std::string text;
  if (schema["minimum"]) {
    text += fmt::format(", {} to {}", Text(schema["minimum"]), Text(schema["maximum"]));
  }
  if (schema["maxLength"])
    text += fmt::format(", at most {} characters", Text(schema["maxLength"]));
  const std::string pattern = Text(schema["pattern"]);
  if (!pattern.empty() && pattern.size() <= kMaxShownPatternBytes) text += ", `" + pattern + "`";
  return text;
}

std::string TypeOf(const YAML::Node& schema) {
  if (schema["enum"]) return "one of " + Joined(schema["enum"], ", ");
  const std::string type = Text(schema["type"]);
  if (type == "array") {
    return fmt::format("list of at most {}: {}", Text(schema["maxItems"]), TypeOf(schema["items"]));
  }
  if (const YAML::Node values = schema["additionalProperties"]) {
    return fmt::format("map of at most {}: {}", Text(schema["maxProperties"]), TypeOf(values));
  }
  if (Text(schema["format"]) == "date-time") return "time (RFC 3339)";
  return type + Bounds(schema);
}

void AddRow(const std::string& path, const YAML::Node& schema, std::string* out) {
  // The default of a group of fields is that of each of them.
  const bool group = static_cast<bool>(schema["properties"]);
  const std::string standard =
      schema["default"] && !group ? "`" + Flow(schema["default"]) + "`" : "";
  *out += fmt::format("| `{}` | {} | {} | {} |\n", path, Cell(TypeOf(schema)), Cell(standard),
                      Cell(Text(schema["description"])));
}

void AddRows(const std::string& path, const YAML::Node& schema, std::string* out) {
  for (const auto& entry : schema["properties"]) {
    const std::string name = path.empty() ? Text(entry.first) : path + "." + Text(entry.first);
    AddRow(name, entry.second, out);
    AddRows(name, entry.second, out);
    if (entry.second["items"]) AddRows(name + "[]", entry.second["items"], out);
  }
}

std::string FieldTable(const YAML::Node& schema) {
  std::string text = "| field | type | default | meaning |\n| --- | --- | --- | --- |\n";
  AddRows("", schema, &text);
  return text;
}

// The rules of objects and lists; those of single texts repeat their type.
void AddRules(const std::string& path, const YAML::Node& schema, std::string* out) {
  if (Text(schema["type"]) != "string") {
    for (const YAML::Node& rule : schema["x-kubernetes-validations"]) {
      if (rule["reason"]) continue;  // frozen fields have a section of their own
      const std::string field = path + Text(rule["fieldPath"]);
      const std::string sentence = Text(rule["message"]);
      *out += field.empty() ? fmt::format("* {}\n", sentence)
                            : fmt::format("* `{}` {}\n", field.substr(1), sentence);
    }
  }
  for (const auto& entry : schema["properties"]) {
    AddRules(path + "." + Text(entry.first), entry.second, out);
  }
  if (schema["items"]) AddRules(path + "[]", schema["items"], out);
}

std::string FrozenFields(const YAML::Node& schema) {
  std::vector<std::string> fields;
  for (const YAML::Node& rule : schema["x-kubernetes-validations"]) {
    if (rule["reason"]) fields.push_back("`" + Text(rule["fieldPath"]).substr(1) + "`");
  }
  std::sort(fields.begin(), fields.end());
  return fmt::format("* {}\n", fmt::join(fields, "\n* "));
}

std::string Columns(const YAML::Node& columns) {
  std::string text = "| column | shown | meaning |\n| --- | --- | --- |\n";
  for (const YAML::Node& column : columns) {
    text +=
        fmt::format("| {} | {} | {} |\n", Text(column["name"]),
                    column["priority"] ? "with `-o wide`" : "always", Text(column["description"]));
  }
  return text;
}

}  // namespace

std::string RenderApiPage(const std::string& definition) {
  const YAML::Node version = YAML::Load(definition)["spec"]["versions"][0];
  const YAML::Node schema = version["schema"]["openAPIV3Schema"];
  const YAML::Node fields = schema["properties"];
  std::string rules;
  AddRules("", schema, &rules);
  std::string page = kHead;
  page += "\n## What `kubectl get scx` shows\n\n" + Columns(version["additionalPrinterColumns"]);
  page +=
      "\n## `spec`\n\n" + Text(fields["spec"]["description"]) + "\n\n" + FieldTable(fields["spec"]);
  page += "\n## Rules over several fields\n\n" + rules;
  page +=
      "\n## What is frozen\n\nOnce `status.startTime` is set, these can no longer be changed; "
      "create another experiment\ninstead. `spec.suspend` and `spec.ttlSecondsAfterFinished` "
      "can always be changed.\n\n" +
      FrozenFields(schema);
  page += "\n## `status`\n\n" + Text(fields["status"]["description"]) + "\n\n" +
          FieldTable(fields["status"]);
  return page;
}

}  // namespace clockwork::testing
