// A pass of a batch through a network in training, forward and back, sequence by sequence: what the graph of single functions gives, in two thirds of the time and less.
//
// As in the pruning engine, activations lie in blocks of 16 tokens and threads take sequences, so that a layer's values stay in cache from one operation to the next and
// threads wait for each other a few times in a step. Only the gradients of the matrices are made for all sequences together.
#pragma once

#include "engine.h"

#include <ATen/ATen.h>

namespace sweeps::engine {

// The gradient of every tensor that network_of takes, in its order: undefined for the logits' bias and where there is no tensor.
using Gradients = std::vector<at::Tensor>;

// The mean cross-entropy over a batch, tokens and targets (sequences, t) with t ≤ n_ctx, all of the vocabulary; gradients, unless null, are set.
// bf16: factors of the matrices' gradients are rounded to bfloat16. The result does not depend on the number of threads.
double training_loss(const Network& network, const at::Tensor& tokens, const at::Tensor& targets, bool bf16, Gradients* gradients);

} // namespace sweeps::engine
