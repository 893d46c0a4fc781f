// Early return for absl::Status and absl::StatusOr. Errors are values; the message is written at
// the place of failure, as one sentence that a user can read.
#ifndef EFFACE_BASE_STATUS_H_
#define EFFACE_BASE_STATUS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RETURN_IF_ERROR(expr)                                         \
  do {                                                                \
    if (absl::Status status_ = (expr); !status_.ok()) return status_; \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL_(BASE_STATUS_CONCAT_(statusor_, __LINE__), lhs, expr)

#define ASSIGN_OR_RETURN_IMPL_(statusor, lhs, expr) \
  auto statusor = (expr);                           \
  if (!statusor.ok()) return statusor.status();     \
  lhs = *std::move(statusor)

#define BASE_STATUS_CONCAT_(a, b) BASE_STATUS_CONCAT_INNER_(a, b)
#define BASE_STATUS_CONCAT_INNER_(a, b) a##b

#endif  // EFFACE_BASE_STATUS_H_
