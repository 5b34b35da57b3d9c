// A pass of a batch through a network in training, forward and back, sequence by sequence: what the graph of single functions gives, in two
// thirds of the time and less.
//
// As in the pruning engine, activations lie in blocks of 16 tokens and threads take sequences, so that a layer's values stay in cache from
// one operation to the next and threads wait for each other a few times in a step. Only the gradients of the matrices are made for all
// sequences together.
#pragma once

#include "network.h"

namespace sweeps::engine {

// The mean cross-entropy over a batch and, unless null, its gradients: as sw_training_loss.
// bf16: factors of the matrices' gradients are rounded to bfloat16.
double training_loss(const Team& team, const Network& network, const sw_batch& batch, bool bf16, const sw_gradients* gradients);

} // namespace sweeps::engine
