#include "tests/chart/chart_page.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

namespace clockwork::testing {
namespace {

constexpr std::size_t kIndent = 2;

std::string Flow(const YAML::Node& value) {
  YAML::Emitter out;
  out.SetMapFormat(YAML::Flow);
  out.SetSeqFormat(YAML::Flow);
  out << value;
  std::string text = out.c_str();
  for (char& c : text) c = c == '\n' ? ' ' : c;
  return text;
}

// "|" ends a cell.
std::string Cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

// Walks the lines of values.yaml and knows where it is.
class Walk {
 public:
  explicit Walk(const std::string& text) : root_(YAML::Load(text)) {}

  void Line(const std::string& line) {
    const std::size_t indent = line.find_first_not_of(' ');
    if (indent == std::string::npos) return;
    const std::string rest = line.substr(indent);
    if (rest.starts_with("# -- ")) {
      meaning_ = rest.substr(5);
    } else if (rest.starts_with("# ") && !meaning_.empty()) {
      meaning_ += " " + rest.substr(2);
    } else if (!rest.starts_with("#") && !Inside(indent)) {
      Key(indent, rest.substr(0, rest.find(':')));
    }
  }

  std::vector<ChartValue> values;

 private:
  // Whether the line belongs to a value that is explained as a whole.
  bool Inside(std::size_t indent) {
    if (explained_indent_ != std::string::npos && indent > explained_indent_) return true;
    explained_indent_ = std::string::npos;
    return false;
  }

  void Key(std::size_t indent, const std::string& key) {
    path_.resize(indent / kIndent);
    path_.push_back(key);
    YAML::Node node = YAML::Clone(root_);
    for (const std::string& part : path_) node = YAML::Node(node[part]);
    if (node.IsMap() && node.size() > 0 && meaning_.empty()) return;  // a group
    values.push_back({fmt::format("{}", fmt::join(path_, ".")), Flow(node), meaning_});
    meaning_.clear();
    explained_indent_ = indent;
  }

  const YAML::Node root_;
  std::vector<std::string> path_;
  std::string meaning_;
  std::size_t explained_indent_ = std::string::npos;
};

}  // namespace

std::vector<ChartValue> ParseValues(const std::string& values_yaml) {
  Walk walk(values_yaml);
  std::istringstream lines(values_yaml);
  for (std::string line; std::getline(lines, line);) walk.Line(line);
  return std::move(walk.values);
}

std::string RenderValuesTable(const std::vector<ChartValue>& values) {
  std::string text = "| value | default | meaning |\n| --- | --- | --- |\n";
  for (const ChartValue& value : values) {
    text += fmt::format("| `{}` | `{}` | {} |\n", value.path, Cell(value.standard),
                        Cell(value.meaning));
  }
  return text;
}

}  // namespace clockwork::testing
