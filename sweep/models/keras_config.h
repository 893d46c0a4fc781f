// The configuration of a Keras model, as JSON: in .keras and .h5 files, and in the layers models of
// TensorFlow.js.
#ifndef EFFACE_SWEEP_MODELS_KERAS_CONFIG_H_
#define EFFACE_SWEEP_MODELS_KERAS_CONFIG_H_

#include <nlohmann/json.hpp>

#include "sweep/models/graph.h"

namespace sweep {

// Whether `config` is one: {"class_name": "Functional", "config": {"layers": [...]}}.
bool IsKerasConfig(const nlohmann::json& config);

// Adds its layers, inputs and outputs; of a model within, a layer of that class. `config` must
// outlive Finish().
void ReadKerasConfig(const nlohmann::json& config, Graph& graph);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_KERAS_CONFIG_H_
