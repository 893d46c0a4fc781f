// One small network, written in every format that is read, for tests only: convolutions over a
// picture, then a vector.
#ifndef EFFACE_SWEEP_MODELS_TEST_NETS_H_
#define EFFACE_SWEEP_MODELS_TEST_NETS_H_

#include <string>
#include <vector>

#include "sweep/models/test_writers.h"

namespace sweep {

// By default what an embedding network for face crops is.
struct Net {
  int64_t side = 112;
  int64_t length = 512;
  int64_t fan_in = 25088;
  int convolutions = 12;
  bool prelu = true;
  bool softmax = false;  // after the vector: a classifier
  bool maps = false;     // the vector isn't made: a network that ends in a map
  std::string name = "net";
};

Bytes OnnxNet(const Net& net);
Bytes TfLiteNet(const Net& net);
Bytes OpenVinoNet(const Net& net);
Bytes CoreMlNet(const Net& net);         // a neural network
Bytes CoreMlProgramNet(const Net& net);  // a program
Bytes CaffeNet(const Net& net);
Bytes CaffeTextNet(const Net& net);
Bytes TensorFlowNet(const Net& net);
Bytes TensorFlowJsNet(const Net& net);
Bytes KerasNet(const Net& net);
Bytes KerasHdf5Net(const Net& net);
Bytes NcnnNet(const Net& net);
Bytes MxNetNet(const Net& net);  // says nothing of the picture

// Of formats without a graph.
Bytes PyTorchNet(const Net& net);
Bytes PyTorchLegacyNet(const Net& net);
Bytes SafetensorsNet(const Net& net);
std::vector<NamedShape> Weights(const Net& net);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_TEST_NETS_H_
