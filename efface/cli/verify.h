// The command that holds results against their originals and records: efface verify.
#ifndef EFFACE_CLI_VERIFY_H_
#define EFFACE_CLI_VERIFY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace efface {

// What the option parser fills; must outlive it.
struct VerifyCommand {
  CLI::App* app = nullptr;
  std::vector<std::string> outputs;
  std::string against, record, key, effort = "balanced";
  int threads = 0;
  int64_t memory = 1500;
  bool json = false;
};

void AddVerifyCommand(CLI::App& app, VerifyCommand& command);

// Runs it, if it was asked for: the exit code. None: it was another command.
std::optional<int> RunVerifyCommand(const VerifyCommand& command);

}  // namespace efface

#endif  // EFFACE_CLI_VERIFY_H_
