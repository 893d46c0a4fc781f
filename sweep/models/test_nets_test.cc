#include "sweep/models/test_nets.h"

namespace sweep {
namespace {

std::string At(std::string_view prefix, int i) {
  return absl::StrCat(absl::string_view(prefix.data(), prefix.size()), i);
}

Bytes FromText(const std::string& text) { return {text.begin(), text.end()}; }

// One layer of the network, in order: what it is, what it takes and makes.
struct Step {
  enum class Kind { kConvolution, kPRelu, kFlatten, kDense, kSoftmax } kind;
  std::string name, from;
};

std::vector<Step> Steps(const Net& net) {
  std::vector<Step> steps;
  std::string last = "data";
  const auto add = [&](Step::Kind kind, std::string name) {
    steps.push_back({kind, name, last});
    last = std::move(name);
  };
  for (int i = 0; i < net.convolutions; ++i) {
    add(Step::Kind::kConvolution, At("conv", i));
    if (net.prelu) add(Step::Kind::kPRelu, At("act", i));
  }
  if (!net.maps) add(Step::Kind::kFlatten, net.name + "_flat");
  if (!net.maps) add(Step::Kind::kDense, "fc");
  if (net.softmax) add(Step::Kind::kSoftmax, "prob");
  return steps;
}

}  // namespace

Bytes OnnxNet(const Net& net) {
  const auto end = [](std::string_view name, const std::vector<int64_t>& shape) {
    Proto dimensions;
    for (const int64_t size : shape) {
      Proto dimension;
      if (size > 0) dimension.Number(1, static_cast<uint64_t>(size));
      if (size <= 0) dimension.Text(2, "batch");
      dimensions.Inner(1, dimension);
    }
    return Proto().Text(1, name).Inner(2,
                                       Proto().Inner(1, Proto().Number(1, 1).Inner(2, dimensions)));
  };
  Proto graph, weights;
  const auto weight = [&](std::string_view name, const std::vector<int64_t>& shape) {
    graph.Inner(
        5, Proto().Numbers(1, shape).Number(2, 1).Text(8, name).Text(9, std::string(64, '\x3F')));
  };
  std::string last;
  for (const Step& step : Steps(net)) {
    last = step.name;
    Proto node;
    node.Text(1, step.from);
    switch (step.kind) {
      case Step::Kind::kConvolution:
        node.Text(1, step.name + "_w").Text(4, "Conv");
        weight(step.name + "_w", {64, step.name == "conv0" ? 3 : 64, 3, 3});
        break;
      case Step::Kind::kPRelu:
        node.Text(1, step.name + "_s").Text(4, "PRelu");
        weight(step.name + "_s", {64, 1, 1});
        break;
      case Step::Kind::kFlatten:
        node.Text(4, "Flatten");
        break;
      case Step::Kind::kDense:
        node.Text(1, "fc_w").Text(4, "Gemm").Inner(
            5, Proto().Text(1, "transB").Number(3, 1).Number(20, 2));
        weight("fc_w", {net.length, net.fan_in});
        break;
      case Step::Kind::kSoftmax:
        node.Text(4, "Softmax");
        break;
    }
    graph.Inner(1, node.Text(2, step.name).Text(3, step.name));
  }
  graph.Text(2, net.name).Inner(11, end("data", {-1, 3, net.side, net.side}));
  graph.Inner(12, end(last, net.maps ? std::vector<int64_t>{-1, 64, -1, -1}
                                     : std::vector<int64_t>{-1, net.length}));
  return Proto()
      .Number(1, 8)
      .Text(2, "pytorch")
      .Inner(7, graph)
      .Inner(8, Proto().Number(2, 13))
      .bytes();
}

Bytes TfLiteNet(const Net& net) {
  // Operators, by their place in the list: convolution, PReLU, reshape, dense, softmax.
  std::vector<Flat> codes;
  for (const int64_t code : {3, 54, 22, 9, 25})
    codes.push_back(
        Flat::Table({Flat::Integer(code), Flat(), Flat::Integer(1), Flat::Integer(code)}));
  std::vector<Flat> tensors, steps;
  const auto tensor = [&](const std::string& name, std::vector<int64_t> shape, int64_t buffer) {
    tensors.push_back(Flat::Table({Flat::Integers(std::move(shape)), Flat::Integer(0),
                                   Flat::Integer(buffer), Flat::Text(name)}));
    return static_cast<int64_t>(tensors.size()) - 1;
  };
  int64_t last = tensor("data", {1, net.side, net.side, 3}, 0);
  for (const Step& step : Steps(net)) {
    std::vector<int64_t> takes = {last};
    int64_t code = 0;
    std::vector<int64_t> shape = {1, net.side, net.side, 64};
    switch (step.kind) {
      case Step::Kind::kConvolution:
        takes.push_back(tensor(step.name + "_w", {64, 3, 3, 64}, 1));
        break;
      case Step::Kind::kPRelu:
        code = 1;
        takes.push_back(tensor(step.name + "_s", {1, 1, 64}, 1));
        break;
      case Step::Kind::kFlatten:
        code = 2;
        shape = {1, net.fan_in};
        break;
      case Step::Kind::kDense:
        code = 3;
        takes.push_back(tensor("fc_w", {net.length, net.fan_in}, 1));
        shape = {1, net.length};
        break;
      case Step::Kind::kSoftmax:
        code = 4;
        shape = {1, net.length};
        break;
    }
    last = tensor(step.name, shape, 0);
    steps.push_back(
        Flat::Table({Flat::Integer(code), Flat::Integers(takes), Flat::Integers({last})}));
  }
  const Flat graph =
      Flat::Table({Flat::Tables(tensors), Flat::Integers({0}), Flat::Integers({last}),
                   Flat::Tables(steps), Flat::Text(net.name)});
  const Flat model = Flat::Table(
      {Flat::Integer(3), Flat::Tables(codes), Flat::Tables({graph}), Flat::Text("made by a test"),
       Flat::Tables({Flat::Table({}), Flat::Table({Flat::Integers({1, 2, 3})})})});
  return FlatWriter().Write(model, "TFL3");
}

Bytes OpenVinoNet(const Net& net) {
  std::string layers, edges;
  int id = 0;
  const auto port = [](const std::vector<int64_t>& shape) {
    std::string text = "<port id=\"0\" precision=\"FP32\">";
    for (const int64_t size : shape) absl::StrAppend(&text, "<dim>", size, "</dim>");
    return text + "</port>";
  };
  const auto layer = [&](const std::string& name, const std::string& type,
                         const std::string& inside) {
    absl::StrAppend(&layers, "<layer id=\"", id, "\" name=\"", name, "\" type=\"", type,
                    "\" version=\"opset1\">", inside, "</layer>\n");
    return id++;
  };
  const auto link = [&](int from, int to, int to_port) {
    absl::StrAppend(&edges, "<edge from-layer=\"", from, "\" from-port=\"0\" to-layer=\"", to,
                    "\" to-port=\"", to_port, "\"/>\n");
  };
  std::vector<int64_t> shape = {1, 3, net.side, net.side};
  int last = layer("data", "Parameter", "<output>" + port(shape) + "</output>");
  for (const Step& step : Steps(net)) {
    std::string type;
    std::vector<int64_t> weights;
    const std::vector<int64_t> taken = shape;
    switch (step.kind) {
      case Step::Kind::kConvolution:
        type = "Convolution";
        weights = {64, shape[1], 3, 3};
        shape[1] = 64;
        break;
      case Step::Kind::kPRelu:
        type = "PReLU";
        weights = {64};
        break;
      case Step::Kind::kFlatten:
        type = "Reshape";
        weights = {2};
        shape = {1, net.fan_in};
        break;
      case Step::Kind::kDense:
        type = "MatMul";
        weights = {net.length, net.fan_in};
        shape = {1, net.length};
        break;
      case Step::Kind::kSoftmax:
        type = "SoftMax";
        break;
    }
    int constant = -1;
    if (!weights.empty()) {
      std::string sizes;
      for (const int64_t size : weights) absl::StrAppend(&sizes, sizes.empty() ? "" : ", ", size);
      constant = layer(step.name + "/w", "Const",
                       "<data element_type=\"f16\" shape=\"" + sizes +
                           "\" offset=\"0\" size=\"64\"/><output>" + port(weights) + "</output>");
      // Compressed weights are converted first.
      const int convert =
          layer(step.name + "/c", "Convert",
                "<input>" + port(weights) + "</input><output>" + port(weights) + "</output>");
      link(constant, convert, 0);
      constant = convert;
    }
    const int made = layer(
        step.name, type, "<input>" + port(taken) + "</input><output>" + port(shape) + "</output>");
    link(last, made, 0);
    if (constant >= 0) link(constant, made, 1);
    last = made;
  }
  link(last, layer("out", "Result", "<input>" + port(shape) + "</input>"), 0);
  return FromText("<?xml version=\"1.0\"?>\n<net name=\"" + net.name +
                  "\" version=\"11\">\n<layers>\n" + layers + "</layers>\n<edges>\n" + edges +
                  "</edges>\n</net>\n");
}

namespace {

Proto CoreMlDescription(const Net& net) {
  const Proto picture = Proto()
                            .Number(1, static_cast<uint64_t>(net.side))
                            .Number(2, static_cast<uint64_t>(net.side))
                            .Number(3, 20);
  const Proto array = Proto()
                          .Numbers(1, net.maps ? std::vector<int64_t>{64, net.side, net.side}
                                               : std::vector<int64_t>{net.length})
                          .Number(2, 65568);
  return Proto()
      .Inner(1, Proto().Text(1, "data").Inner(3, Proto().Inner(4, picture)))
      .Inner(10, Proto().Text(1, Steps(net).back().name).Inner(3, Proto().Inner(5, array)))
      .Inner(100, Proto().Text(1, net.name));
}

}  // namespace

Bytes CoreMlNet(const Net& net) {
  Proto network;
  for (const Step& step : Steps(net)) {
    Proto layer;
    layer.Text(1, step.name).Text(2, step.from).Text(3, step.name);
    switch (step.kind) {
      case Step::Kind::kConvolution:
        layer.Inner(100, Proto().Number(1, 64).Number(2, 3).Inner(
                             90, Proto().Text(1, std::string(64, '\x3F'))));
        break;
      case Step::Kind::kPRelu:
        layer.Inner(130, Proto().Inner(25, Proto().Text(1, "x")));
        break;
      case Step::Kind::kFlatten:
        layer.Inner(301, Proto());
        break;
      case Step::Kind::kDense:
        layer.Inner(140, Proto()
                             .Number(1, static_cast<uint64_t>(net.fan_in))
                             .Number(2, static_cast<uint64_t>(net.length)));
        break;
      case Step::Kind::kSoftmax:
        layer.Inner(175, Proto());
        break;
    }
    network.Inner(1, layer);
  }
  return Proto().Number(1, 4).Inner(2, CoreMlDescription(net)).Inner(500, network).bytes();
}

Bytes CoreMlProgramNet(const Net& net) {
  const auto type = [](const std::vector<int64_t>& shape) {
    Proto tensor;
    tensor.Number(1, 11).Number(2, shape.size());
    for (const int64_t size : shape)
      tensor.Inner(3, Proto().Inner(1, Proto().Number(1, static_cast<uint64_t>(size))));
    return Proto().Inner(1, tensor);
  };
  const auto bind = [](std::string_view parameter, std::string_view name) {
    return Proto().Text(1, parameter).Inner(2, Proto().Inner(1, Proto().Text(1, name)));
  };
  Proto block;
  std::vector<int64_t> shape = {1, 3, net.side, net.side};
  for (const Step& step : Steps(net)) {
    Proto operation;
    const auto weight = [&](const std::vector<int64_t>& sizes) {
      block.Inner(3, Proto()
                         .Text(1, "const")
                         .Inner(3, Proto().Text(1, step.name + "_w").Inner(2, type(sizes))));
      // The weight goes first, since the order of a map means nothing.
      operation.Inner(2, bind("weight", step.name + "_w"));
    };
    switch (step.kind) {
      case Step::Kind::kConvolution:
        weight({64, shape[1], 3, 3});
        shape[1] = 64;
        operation.Text(1, "conv");
        break;
      case Step::Kind::kPRelu:
        operation.Text(1, "prelu");
        break;
      case Step::Kind::kFlatten:
        shape = {1, net.fan_in};
        operation.Text(1, "flatten2d");
        break;
      case Step::Kind::kDense:
        weight({net.length, net.fan_in});
        shape = {1, net.length};
        operation.Text(1, "linear");
        break;
      case Step::Kind::kSoftmax:
        operation.Text(1, "softmax");
        break;
    }
    block.Inner(3, operation.Inner(2, bind("x", step.from))
                       .Inner(3, Proto().Text(1, step.name).Inner(2, type(shape))));
  }
  const Proto function = Proto().Inner(3, Proto().Text(1, "CoreML6").Inner(2, block));
  return Proto()
      .Number(1, 7)
      .Inner(2, CoreMlDescription(net))
      .Inner(502, Proto().Number(1, 1).Inner(2, Proto().Text(1, "main").Inner(2, function)))
      .bytes();
}

Bytes CaffeNet(const Net& net) {
  const auto blob = [](const std::vector<int64_t>& shape) {
    return Proto().Inner(7, Proto().Numbers(1, shape)).Text(5, std::string(64, '\x3F'));
  };
  Proto model;
  model.Text(1, net.name);
  model.Inner(100,
              Proto()
                  .Text(1, "data")
                  .Text(2, "Input")
                  .Text(4, "data")
                  .Inner(143, Proto().Inner(1, Proto().Numbers(1, {1, 3, net.side, net.side}))));
  for (const Step& step : Steps(net)) {
    Proto layer;
    layer.Text(1, step.name);
    std::string top = step.name, from = step.from;
    switch (step.kind) {
      case Step::Kind::kConvolution:
        if (net.prelu && from.starts_with("act"))
          from = "conv" + from.substr(3);  // PReLU works in place
        layer.Text(2, "Convolution")
            .Inner(7, blob({64, 64, 3, 3}))
            .Inner(106, Proto().Number(1, 64));
        break;
      case Step::Kind::kPRelu:
        layer.Text(2, "PReLU");
        top = from;
        break;
      case Step::Kind::kFlatten:
        continue;
      case Step::Kind::kDense:
        from = absl::StrCat("conv", net.convolutions - 1);
        layer.Text(2, "InnerProduct")
            .Inner(7, blob({net.length, net.fan_in}))
            .Inner(117, Proto().Number(1, static_cast<uint64_t>(net.length)));
        break;
      case Step::Kind::kSoftmax:
        layer.Text(2, "Softmax");
        break;
    }
    model.Inner(100, layer.Text(3, from).Text(4, top));
  }
  return model.bytes();
}

Bytes CaffeTextNet(const Net& net) {
  std::string text = "# a network\nname: \"" + net.name + "\"\ninput: \"data\"\n";
  for (const int64_t size : {int64_t{1}, int64_t{3}, net.side, net.side})
    absl::StrAppend(&text, "input_dim: ", size, "\n");
  for (const Step& step : Steps(net)) {
    std::string top = step.name, from = step.from, type, parameters;
    switch (step.kind) {
      case Step::Kind::kConvolution:
        if (net.prelu && from.starts_with("act")) from = "conv" + from.substr(3);
        type = "Convolution";
        parameters =
            "convolution_param { num_output: 64 kernel_size: 3 weight_filler { type: \"xavier\" } "
            "}";
        break;
      case Step::Kind::kPRelu:
        type = "PReLU";
        top = from;
        break;
      case Step::Kind::kFlatten:
        continue;
      case Step::Kind::kDense:
        type = "InnerProduct";
        from = absl::StrCat("conv", net.convolutions - 1);
        parameters = absl::StrCat("inner_product_param { num_output: ", net.length, " }");
        break;
      case Step::Kind::kSoftmax:
        type = "Softmax";
        break;
    }
    absl::StrAppend(&text, "layer {\n  name: \"", step.name, "\"\n  type: \"", type,
                    "\"\n  bottom: \"", from, "\"\n  top: \"", top, "\"\n  ", parameters, "\n}\n");
  }
  return FromText(text);
}

Bytes TensorFlowNet(const Net& net) {
  const auto shape_of = [](const std::vector<int64_t>& shape) {
    Proto sizes;
    for (const int64_t size : shape) sizes.Inner(2, Proto().Number(1, static_cast<uint64_t>(size)));
    return sizes;
  };
  Proto graph;
  const auto constant = [&](const std::string& name, const std::vector<int64_t>& shape) {
    const Proto tensor =
        Proto().Number(1, 1).Inner(2, shape_of(shape)).Text(4, std::string(64, '\x3F'));
    graph.Inner(1, Proto()
                       .Text(1, name)
                       .Text(2, "Const")
                       .Inner(5, Proto().Text(1, "value").Inner(2, Proto().Inner(8, tensor))));
    graph.Inner(1, Proto().Text(1, name + "/read").Text(2, "Identity").Text(3, name));
  };
  graph.Inner(
      1, Proto()
             .Text(1, "data")
             .Text(2, "Placeholder")
             .Inner(5, Proto()
                           .Text(1, "shape")
                           .Inner(2, Proto().Inner(7, shape_of({-1, net.side, net.side, 3})))));
  for (const Step& step : Steps(net)) {
    Proto node;
    node.Text(1, step.name);
    const auto with = [&](std::string_view op, const std::vector<int64_t>& shape) {
      constant(step.name + "/w", shape);
      node.Text(2, op).Text(3, step.from).Text(3, step.name + "/w/read");
    };
    switch (step.kind) {
      case Step::Kind::kConvolution:
        with("Conv2D", {3, 3, step.name == "conv0" ? 3 : 64, 64});
        break;
      case Step::Kind::kPRelu:
        with("Prelu", {64});
        break;
      case Step::Kind::kFlatten:
        with("Reshape", {2});
        break;
      case Step::Kind::kDense:
        with("MatMul", {net.fan_in, net.length});
        break;
      case Step::Kind::kSoftmax:
        node.Text(2, "Softmax").Text(3, step.from);
        break;
    }
    graph.Inner(1, node);
  }
  return graph.Inner(4, Proto().Number(1, 1)).bytes();
}

Bytes TensorFlowJsNet(const Net& net) {
  std::string nodes, weights;
  const auto add = [](std::string& list, const std::string& item) {
    absl::StrAppend(&list, list.empty() ? "" : ",\n", item);
  };
  const auto weight = [&](const std::string& name, const std::string& shape) {
    add(nodes,
        R"({"name": ")" + name +
            R"(", "op": "Const", "attr": {"value": {"tensor": {"dtype": "DT_FLOAT", "tensorShape": {}}}}})");
    add(weights, R"({"name": ")" + name + R"(", "shape": )" + shape + R"(, "dtype": "float32"})");
  };
  add(nodes,
      absl::StrCat(
          R"({"name": "data", "op": "Placeholder", "attr": {"shape": {"shape": {"dim": [{"size": "-1"}, {"size": ")",
          net.side, R"("}, {"size": ")", net.side, R"("}, {"size": "3"}]}}}})"));
  for (const Step& step : Steps(net)) {
    std::string op, more;
    const auto with = [&](const std::string& name, const std::string& shape) {
      op = name;
      weight(step.name + "/w", shape);
      more = ", \"" + step.name + "/w\"";
    };
    switch (step.kind) {
      case Step::Kind::kConvolution:
        with("_FusedConv2D", step.name == "conv0" ? "[3, 3, 3, 64]" : "[3, 3, 64, 64]");
        break;
      case Step::Kind::kPRelu:
        with("Prelu", "[64]");
        break;
      case Step::Kind::kFlatten:
        with("Reshape", "[2]");
        break;
      case Step::Kind::kDense:
        with("MatMul", absl::StrCat("[", net.fan_in, ", ", net.length, "]"));
        break;
      case Step::Kind::kSoftmax:
        op = "Softmax";
        break;
    }
    add(nodes, R"({"name": ")" + step.name + R"(", "op": ")" + op + R"(", "input": [")" +
                   step.from + "\"" + more + "]}");
  }
  return FromText(R"({"format": "graph-model", "generatedBy": ")" + net.name +
                  R"(", "modelTopology": {"node": [)" + nodes +
                  R"(]}, "weightsManifest": [{"paths": ["a.bin"], "weights": [)" + weights +
                  "]}]}");
}

namespace {

std::string KerasConfig(const Net& net) {
  std::string layers = absl::StrCat(
      R"({"class_name": "InputLayer", "name": "data", "config": {"batch_input_shape": [null, )",
      net.side, ", ", net.side, R"(, 3], "name": "data"}, "inbound_nodes": []})");
  std::string last;
  for (const Step& step : Steps(net)) {
    std::string type, own;
    switch (step.kind) {
      case Step::Kind::kConvolution:
        type = "Conv2D";
        own = R"(, "filters": 64, "activation": "linear")";
        break;
      case Step::Kind::kPRelu:
        type = "PReLU";
        break;
      case Step::Kind::kFlatten:
        type = "Flatten";
        break;
      case Step::Kind::kDense:
        type = "Dense";
        own = absl::StrCat(R"(, "units": )", net.length, R"(, "activation": ")",
                           net.softmax ? "softmax" : "linear", "\"");
        break;
      case Step::Kind::kSoftmax:
        continue;  // the dense layer's activation
    }
    absl::StrAppend(&layers, R"(, {"class_name": ")", type, R"(", "name": ")", step.name,
                    R"(", "config": {"name": ")", step.name, "\"", own,
                    R"(}, "inbound_nodes": [[[")", step.from, R"(", 0, 0, {}]]]})");
    last = step.name;
  }
  return R"({"class_name": "Functional", "config": {"name": ")" + net.name + R"(", "layers": [)" +
         layers + R"(], "input_layers": [["data", 0, 0]], "output_layers": [[")" + last +
         R"(", 0, 0]]}})";
}

}  // namespace

Bytes KerasNet(const Net& net) {
  return Zip({{"metadata.json", FromText(R"({"keras_version": "3.3.3"})")},
              {"config.json", FromText(KerasConfig(net))},
              {"model.weights.h5", Bytes(64)}});
}

Bytes KerasHdf5Net(const Net& net) {
  return FromText(std::string("\x89HDF\r\n\x1A\n", 8) + std::string(600, '\0') + KerasConfig(net) +
                  std::string(600, '\0'));
}

Bytes NcnnNet(const Net& net) {
  std::string lines = absl::StrCat("Input data 0 1 data 0=", net.side, " 1=", net.side, " 2=3\n");
  const std::vector<Step> steps = Steps(net);
  for (const Step& step : steps) {
    std::string type, own;
    switch (step.kind) {
      case Step::Kind::kConvolution:
        type = "Convolution";
        own = "0=64 1=3 6=36864";
        break;
      case Step::Kind::kPRelu:
        type = "PReLU";
        own = "0=64";
        break;
      case Step::Kind::kFlatten:
        type = "Flatten";
        break;
      case Step::Kind::kDense:
        type = "InnerProduct";
        own = absl::StrCat("0=", net.length, " 1=1 2=", net.length * net.fan_in);
        break;
      case Step::Kind::kSoftmax:
        type = "Softmax";
        break;
    }
    absl::StrAppend(&lines, type, "  ", step.name, " 1 1 ", step.from, " ", step.name, " ", own,
                    "\n");
  }
  return FromText(absl::StrCat("7767517\n", steps.size() + 1, " ", steps.size() + 1, "\n", lines));
}

Bytes MxNetNet(const Net& net) {
  std::string nodes = R"({"op": "null", "name": "data", "inputs": []})";
  int count = 1, last = 0;
  const auto add = [&](const std::string& op, const std::string& name,
                       const std::string& attributes, const std::string& inputs) {
    absl::StrAppend(&nodes, R"(, {"op": ")", op, R"(", "name": ")", name, R"(", "attrs": {)",
                    attributes, R"(}, "inputs": [)", inputs, "]}");
    return count++;
  };
  for (const Step& step : Steps(net)) {
    std::string op, own;
    switch (step.kind) {
      case Step::Kind::kConvolution:
        op = "Convolution";
        own = R"("num_filter": "64", "no_bias": "True")";
        break;
      case Step::Kind::kPRelu:
        op = "LeakyReLU";
        own = R"("act_type": "prelu")";
        break;
      case Step::Kind::kFlatten:
        op = "Flatten";
        break;
      case Step::Kind::kDense:
        op = "FullyConnected";
        own = absl::StrCat(R"("num_hidden": ")", net.length, R"(")");
        break;
      case Step::Kind::kSoftmax:
        op = "SoftmaxOutput";
        break;
    }
    const int weight = add("null", step.name + "_weight", "", "");
    last = add(op, step.name, own, absl::StrCat("[", last, ", 0, 0], [", weight, ", 0, 0]"));
  }
  return FromText(absl::StrCat(R"({"nodes": [)", nodes, R"(], "arg_nodes": [0], "heads": [[)", last,
                               R"(, 0, 0]], "attrs": {"mxnet_version": ["int", 10300]}})"));
}

std::vector<NamedShape> Weights(const Net& net) {
  std::vector<NamedShape> weights;
  for (const Step& step : Steps(net)) {
    if (step.kind == Step::Kind::kConvolution)
      weights.push_back({step.name + ".weight", {64, step.name == "conv0" ? 3 : 64, 3, 3}});
    if (step.kind == Step::Kind::kPRelu) weights.push_back({step.name + ".prelu.weight", {64}});
    if (step.kind == Step::Kind::kDense) weights.push_back({"fc.weight", {net.length, net.fan_in}});
  }
  weights.push_back({"features.weight", {net.length}});
  return weights;
}

Bytes PyTorchNet(const Net& net) {
  return Zip({{net.name + "/data.pkl", StateDictionary(Weights(net))},
              {net.name + "/data/0", Bytes(64)},
              {net.name + "/version", FromText("3\n")}});
}

Bytes PyTorchLegacyNet(const Net& net) {
  Bytes bytes =
      FromText(std::string("\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19\x2E", 15) +
               "\x80\x02M\xE9\x03." + "\x80\x02}q\x01.");
  efface::Append(bytes, StateDictionary(Weights(net)));
  bytes.resize(bytes.size() + 64);
  return bytes;
}

Bytes SafetensorsNet(const Net& net) {
  std::string head = "{";
  for (const NamedShape& weight : Weights(net)) {
    std::string sizes;
    for (const int64_t size : weight.shape) absl::StrAppend(&sizes, sizes.empty() ? "" : ",", size);
    absl::StrAppend(&head, head.size() > 1 ? "," : "", "\"", weight.name,
                    R"(":{"dtype":"F32","shape":[)", sizes, R"(],"data_offsets":[0,64]})");
  }
  head += "}";
  Bytes bytes;
  AppendUint(bytes, head.size(), 8, Endian::kLittle);
  efface::Append(bytes, AsBytes(head));
  bytes.resize(bytes.size() + 64);
  return bytes;
}

}  // namespace sweep
