// The commands that make and check what shows who made a record: efface keys, efface record.
#ifndef EFFACE_CLI_KEYS_H_
#define EFFACE_CLI_KEYS_H_

#include <optional>
#include <string>

#include "CLI/CLI.hpp"

namespace efface {

// What the option parser fills; must outlive it.
struct KeyCommands {
  CLI::App *make = nullptr, *show = nullptr, *publish = nullptr, *check = nullptr;
  std::string file, output, sign, key;
  bool overwrite = false;
};

void AddKeyCommands(CLI::App& app, KeyCommands& commands);

// Runs the one that was asked for: the exit code. None: it was another command.
std::optional<int> RunKeyCommands(const KeyCommands& commands);

}  // namespace efface

#endif  // EFFACE_CLI_KEYS_H_
