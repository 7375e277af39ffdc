#include "images/common/base/command_line.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include <CLI/CLI.hpp>

#include "images/common/base/exit_code.h"
#include "images/common/base/parse.h"
#include "images/common/base/version.h"

namespace clockwork {

struct CommandLine::Implementation {
  struct PositionalArgument {
    std::string name;
    std::string help;
    bool required = false;
    Setter set;
  };

  explicit Implementation(std::string program_name, std::string description)
      : program(std::move(program_name)), app(std::move(description), program) {
    app.set_help_flag();
    app.add_flag("-h,--help", help, "Print this help and exit");
    app.add_flag("--version", version, "Print the version and exit");
    app.positionals_at_end(false);
    app.allow_extras(false);
  }

  std::string Usage() const {
    std::string usage = fmt::format("Usage: {}", program);
    for (const auto& argument : positionals) {
      usage += argument.required ? " " + argument.name : fmt::format(" [{}]", argument.name);
    }
    if (rest != nullptr) usage += fmt::format(" [{}...]", rest_name);
    return usage + " [options]\n";
  }

  std::string Help() const {
    std::string text = fmt::format("{}\n\n{}", app.get_description(), Usage());
    if (!positionals.empty() || rest != nullptr) text += "\nArguments:\n";
    for (const auto& argument : positionals) {
      text += fmt::format("  {:<26}  {}\n", argument.name, argument.help);
    }
    if (rest != nullptr) text += fmt::format("  {:<26}  {}\n", rest_name, rest_help);
    text += "\nOptions:\n";
    for (const CLI::Option* option : app.get_options()) {
      if (option->nonpositional()) {
        text +=
            fmt::format("  {:<26}  {}\n", option->get_name(false, true), option->get_description());
      }
    }
    return footer.empty() ? text : text + "\n" + footer + "\n";
  }

  // Distributes the positional texts; the first problem wins.
  Status Place(const std::vector<std::string>& texts) {
    std::size_t used = 0;
    for (const auto& argument : positionals) {
      if (used == texts.size()) {
        if (!argument.required) break;
        return UsageError(fmt::format("{} is missing: {}", argument.name, argument.help));
      }
      if (Status status = argument.set(argument.name, texts[used]); !status.ok()) return status;
      ++used;
    }
    if (rest != nullptr) {
      rest->assign(texts.begin() + static_cast<std::ptrdiff_t>(used), texts.end());
    } else if (used < texts.size()) {
      return UsageError(fmt::format("unexpected argument '{}'", texts[used]));
    }
    return {};
  }

  CLI::Option* AddOption(const std::string& names, const std::string& help_text, Setter set) {
    return app
        .add_option_function<std::string>(
            names,
            [this, names, set = std::move(set)](const std::string& text) {
              if (Status status = set(names, text); !status.ok() && first_error.ok()) {
                first_error = status;
              }
            },
            help_text)
        ->take_last();
  }

  std::string program;
  CLI::App app;
  bool help = false;
  bool version = false;
  std::vector<PositionalArgument> positionals;
  std::vector<std::string>* rest = nullptr;
  std::string rest_name;
  std::string rest_help;
  std::string footer;
  Status first_error;
};

CommandLine::CommandLine(std::string program, std::string description)
    : implementation_(
          std::make_unique<Implementation>(std::move(program), std::move(description))) {}
CommandLine::~CommandLine() = default;

void CommandLine::Flag(const std::string& names, const std::string& help, bool* out) {
  implementation_->app.add_flag(names, *out, help);
}

void CommandLine::Integer(const std::string& names, const std::string& help, std::int64_t min,
                          std::int64_t max, std::int64_t* out) {
  Custom(names, fmt::format("{} (default {})", help, *out),
         [min, max, out](std::string_view name, const std::string& text) -> Status {
           auto value = ParseInteger(name, text, min, max);
           if (!value.ok()) return value.error();
           *out = *value;
           return {};
         });
}

void CommandLine::Text(const std::string& names, const std::string& help, std::string* out) {
  Custom(names, out->empty() ? help : fmt::format("{} (default {})", help, *out),
         [out](std::string_view, const std::string& text) -> Status {
           *out = text;
           return {};
         });
}

void CommandLine::Choice(const std::string& names, const std::string& help,
                         const std::vector<std::string>& choices, std::string* out) {
  const std::string list = fmt::format("{}", fmt::join(choices, ", "));
  Custom(
      names, fmt::format("{}: {} (default {})", help, list, *out),
      [choices, list, out](std::string_view name, const std::string& text) -> Status {
        for (const auto& choice : choices) {
          if (choice == text) {
            *out = text;
            return {};
          }
        }
        return UsageError(fmt::format("{}: '{}' is not known; give one of {}", name, text, list));
      });
}

void CommandLine::Custom(const std::string& names, const std::string& help, Setter set) {
  implementation_->AddOption(names, help, std::move(set));
}

void CommandLine::Each(const std::string& names, const std::string& help,
                       std::vector<std::string>* out) {
  // One text per option, so that a positional argument may follow.
  implementation_->app.add_option(names, *out, help)->allow_extra_args(false)->take_all();
}

void CommandLine::Positional(const std::string& name, const std::string& help, bool required,
                             Setter set) {
  implementation_->positionals.push_back({name, help, required, std::move(set)});
}

void CommandLine::Rest(const std::string& name, const std::string& help,
                       std::vector<std::string>* out) {
  implementation_->rest = out;
  implementation_->rest_name = name;
  implementation_->rest_help = help;
}

void CommandLine::Footer(const std::string& text) { implementation_->footer = text; }

std::optional<int> CommandLine::Parse(int argc, const char* const* argv) {
  Implementation& self = *implementation_;
  std::vector<std::string> texts;
  self.app.add_option("positional", texts, "")->group("");
  auto fail = [&self](const std::string& message) {
    std::fprintf(stderr, "%s: %s (try %s --help)\n", self.program.c_str(), message.c_str(),
                 self.program.c_str());
    return kExitUsage;
  };
  try {
    self.app.parse(argc, argv);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();
    if (!self.help && !self.version) return fail(what.substr(0, what.find(':')) + " needs a value");
  } catch (const CLI::ParseError& error) {
    if (!self.help && !self.version) return fail(error.what());
  }
  if (self.help) {
    std::fputs(self.Help().c_str(), stdout);
    return kExitSuccess;
  }
  if (self.version) {
    std::printf("%s %s\n", self.program.c_str(), Version());
    return kExitSuccess;
  }
  if (!self.first_error.ok()) return fail(self.first_error.error().message);
  if (Status status = self.Place(texts); !status.ok()) return fail(status.error().message);
  return std::nullopt;
}

}  // namespace clockwork
