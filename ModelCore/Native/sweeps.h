// The C interface of the native library: plain pointers, sizes and strides; no type of any tensor library.
//
// Every function that can fail returns a status and leaves a text behind, read by sw_last_error on the same thread. Arrays are the
// caller's, float32 unless said otherwise, and are not kept after the call, but by the engine (see sw_engine_new). Results do not depend on
// the number of threads.
#pragma once

#include <stdint.h>

#define SW_API extern "C" __attribute__((visibility("default")))

extern "C" {

// What a function returns.
typedef enum { SW_OK = 0, SW_INVALID = 1, SW_OUT_OF_MEMORY = 2 } sw_status;

// n rows of width floats, stride floats apart (stride ≥ width where n > 1).
typedef struct {
  const float* data;
  int64_t n, width, stride;
} sw_rows;

typedef struct {
  int64_t in_use, peak, kept; // bytes; kept: freed, and not given back to the system
  int64_t from_system;        // blocks taken from the system so far
} sw_memory;

// Why an allocation failed: bytes asked for, in use then, and the budget (0: there is none, the system had no more).
typedef struct {
  int64_t asked, in_use, budget;
} sw_shortage;

// Numbers that TorchSharp made for libtorch: so far; of those, held by C#; and let go of, but not yet freed.
typedef struct {
  int64_t made, held, let_go;
} sw_numbers;

// Causal attention of heads of 16 channels, beside each other in rows of d = 16 n_head channels. q (b, queries, d) and k, v (b, t, d): the
// rows of a sequence follow each other at stride floats, sequences at t (or queries) rows.
typedef struct {
  const float *q, *k, *v;
  const float* sinks;       // (n_head) logits of the sinks, or null
  const int64_t* positions; // (b): where the one query of each sequence stands, then queries is 1; null: queries is t
  int64_t b, t, n_head, queries;
  int64_t q_stride, kv_stride;
} sw_attention;

// One parameter and what happens to it in a step of AdamW with projection onto the largest weights.
typedef struct {
  float *parameter, *mean, *square; // (rows, cols)
  const float* gradient;            // the same, or null: the parameter and its moments stay
  int64_t rows, cols;
  int64_t step; // t, from 1
  double lr, beta1, beta2, eps, weight_decay;
  int64_t kept;       // entries that may stay nonzero; −1: all, and they are not counted
  int64_t floor_axis; // of the units that keep `floor` entries at least: 0 rows, 1 columns, −1 none
  int64_t floor;
  int64_t hint; // in and out, −1 at first: where the last threshold was, for speed alone
} sw_adamw_parameter;

// Of one layer: parameters, and the normalised positions that attention and MLP read.
typedef struct {
  const float *ln_1, *c_attn, *c_attn_bias; // (d), (3d, d_read), (3d)
  const float* sink;                        // (heads) or null
  const float *attn_proj, *attn_proj_bias;  // (d, d), (d)
  const float *ln_2, *c_fc, *c_fc_bias;     // (d), (d_mlp, d_read), (d_mlp)
  const float *mlp_proj, *mlp_proj_bias;    // (d, d_mlp), (d)
  const float *positions_1, *positions_2;   // (n_ctx, d_pos_emb) or null
} sw_layer;

// Where the gradients of a layer go, as above; null where they are not wanted.
typedef struct {
  float *ln_1, *c_attn, *c_attn_bias, *sink, *attn_proj, *attn_proj_bias, *ln_2, *c_fc, *c_fc_bias, *mlp_proj, *mlp_proj_bias, *positions_1,
      *positions_2;
} sw_layer_gradients;

enum { SW_SITES = 8 }; // node locations of a layer, in the order of C#'s NodeSite

// A transformer. d_read = d_model + d_pos_emb.
typedef struct {
  int64_t n_layer, d_model, d_pos_emb, d_mlp, n_ctx, vocab;
  int64_t k[SW_SITES]; // of AbsTopK
  double eps;          // of the norms
  const sw_layer* layers;
  const float* wte;         // (vocab, d)
  const float* bigram;      // (vocab, vocab) or null
  const float* ln_f;        // (d)
  const float* lm_head;     // (vocab, d)
  const float* logits_bias; // (vocab)
} sw_network;

// A batch of a network in training: int64 (sequences, t), t ≤ n_ctx, ids of 0 to vocab − 1.
typedef struct {
  const int64_t *tokens, *targets;
  int64_t sequences, t;
} sw_batch;

// Where the gradients of a training pass go. That by lm_head is left to the caller, as the product of logitsᵀ (vocab, n) and xn (n, d): it
// is dense.
typedef struct {
  sw_layer_gradients* layers; // (n_layer)
  float *wte, *bigram, *ln_f; // bigram null where there is none
  float *logits, *xn;         // (n, vocab), (n, d), n = sequences · t
} sw_gradients;

// Prompts of a batch: row r has tokens[r · length] … up to and with position[r].
typedef struct {
  const int64_t *tokens, *positions;
  const int64_t* candidates; // (rows, 2): the right and the wrong completion, or null where the whole vocabulary is asked for
  int64_t rows, length;
} sw_prompts;

// Codes of sparse autoencoders: entries of row r are ptr[r] … ptr[r + 1] − 1, of the features idx, which rise within a row.
typedef struct {
  int64_t rows, cols;
  const int32_t* ptr; // (rows + 1)
  const int32_t* idx;
  const float* val;
} sw_codes;

typedef struct sw_sparse_weight sw_sparse_weight;
typedef struct sw_engine sw_engine;

} // extern "C"

// ---- errors, threads, instruction sets
// -------------------------------------------------------------------------------------------------------------------

// The text of the last failure on this thread; empty before the first.
SW_API const char* sw_last_error(void) noexcept;

// Whether an allocation failed on this thread since the last call, by this library or by libtorch on its memory; fills in *shortage then.
SW_API int sw_take_shortage(sw_shortage* shortage) noexcept;

// Threads of one operation. One that runs keeps the number that it began with.
SW_API sw_status sw_set_num_threads(int64_t n) noexcept;
SW_API int64_t sw_get_num_threads(void) noexcept;

// The instruction set of the kernels: "default", "avx2" or "avx512"; null where the environment variable SWEEPS_CPU_CAPABILITY is wrong.
SW_API const char* sw_kernel_capability(void) noexcept;
// For tests: the kernels of this instruction set from now on; null goes back to the first choice.
SW_API sw_status sw_use_kernels(const char* name) noexcept;

// ---- memory
// -----------------------------------------------------------------------------------------------------------------------------------------

// 0 is none. What is in use already may be over it; the next allocation then fails.
SW_API void sw_set_memory_budget(int64_t bytes) noexcept;
SW_API void sw_memory_stats(sw_memory* stats) noexcept;
SW_API void sw_reset_peak_memory(void) noexcept;
// Gives all that is kept back to the system.
SW_API void sw_empty_cache(void) noexcept;
// A job begins. At its end what was kept and not used since goes back to the system, and of the rest no more than its peak stays.
SW_API void sw_begin_job(void) noexcept;
SW_API void sw_end_job(void) noexcept;
// Allocations of libtorch that went through this library so far: 0 means that it does not take the place of libtorch's allocator.
SW_API int64_t sw_libtorch_allocations(void) noexcept;
// The functions of TorchSharp that make and free numbers are here too, under its names: memory/numbers.cpp.
SW_API void sw_number_stats(sw_numbers* stats) noexcept;

// ---- kernels
// -----------------------------------------------------------------------------------------------------------------------------------------

// 16-bit words that say which entries of a row of d were kept.
SW_API int64_t sw_kept_words(int64_t d) noexcept;
// y (n, width) dense: the k entries of each row of x largest in magnitude, the others 0, added to base unless that is null. kept: (n,
// sw_kept_words(width)) or null.
SW_API sw_status sw_abs_topk(const sw_rows* x, const sw_rows* base, int64_t k, float* y, uint16_t* kept) noexcept;
// dx (n, width) dense: dy where kept, else 0.
SW_API sw_status sw_abs_topk_backward(const sw_rows* dy, const uint16_t* kept, float* dx) noexcept;

// out (b, queries, d) dense, lse (b, n_head, queries).
SW_API sw_status sw_attention_forward(const sw_attention* a, float* out, float* lse) noexcept;
// From dout (b, queries, d): dq, dk, dv dense; dsinks (n_head) or null.
SW_API sw_status sw_attention_backward(
    const sw_attention* a, const float* out, const float* lse, const float* dout, float* dq, float* dk, float* dv, float* dsinks) noexcept;

// y (n, table.width) dense: rows of the table; with add they are added.
SW_API sw_status sw_embedding(const sw_rows* table, const int64_t* positions, int64_t n, int add, float* y) noexcept;
// dtable (rows, width) from dy (n, width) dense.
SW_API sw_status
sw_embedding_backward(const float* dy, const int64_t* positions, int64_t n, int64_t width, int64_t rows, float* dtable) noexcept;

// The mean cross-entropy of rows of logits, nats, and lse (n); targets of 0 to width − 1.
SW_API sw_status sw_cross_entropy(const sw_rows* logits, const int64_t* targets, float* lse, double* loss) noexcept;
// dlogits (n, width) dense, times scale.
SW_API sw_status
sw_cross_entropy_backward(const sw_rows* logits, const int64_t* targets, const float* lse, double scale, float* dlogits) noexcept;

// x, y (n, d) dense; gain (d); inverse_rms (n).
SW_API sw_status sw_rms_norm(const float* x, const float* gain, int64_t n, int64_t d, double eps, float* y, float* inverse_rms) noexcept;
// dx (n, d), with `beside` added unless that is null; dgain (d).
SW_API sw_status sw_rms_norm_backward(
    const float* x, const float* gain, const float* inverse_rms, const float* dy, const float* beside, int64_t n, int64_t d, float* dx,
    float* dgain) noexcept;

SW_API sw_status sw_gelu(const float* x, int64_t n, float* y) noexcept;
SW_API sw_status sw_gelu_backward(const float* x, const float* dy, int64_t n, float* dx) noexcept;

// The entries of a weight (out, in) that are not 0; *weight is null where there are more than `most`.
SW_API sw_status sw_sparse_weight_new(const sw_rows* dense, int64_t most, sw_sparse_weight** weight) noexcept;
SW_API void sw_sparse_weight_free(sw_sparse_weight* weight) noexcept;
SW_API int64_t sw_sparse_weight_entries(const sw_sparse_weight* weight) noexcept;
// y (n, out) dense = x Wᵀ + bias (null for none); transposed: y (n, in) = x W, from x in pieces of equal width side by side.
SW_API sw_status
sw_sparse_linear(const sw_sparse_weight* weight, int transposed, const sw_rows* x, int64_t pieces, const float* bias, float* y) noexcept;

// The entries of the codes of n rows of pre-activations z (n, width) dense, which become ReLU(z); ptr (n + 1).
// The k largest of each row, as far as they are above 0, of equal ones the first; idx and val have n · k places.
SW_API sw_status sw_codes_topk(float* z, int64_t n, int64_t width, int64_t k, int32_t* ptr, int32_t* idx, float* val) noexcept;
// The k largest of all rows together; idx and val have k places.
SW_API sw_status sw_codes_batch_topk(float* z, int64_t n, int64_t width, int64_t k, int32_t* ptr, int32_t* idx, float* val) noexcept;
// All that are above low (width), null for 0; z stays. *fits is 0, and there are no entries, where there would be more than `most`, and
// ptr tells how many.
SW_API sw_status sw_codes_above(
    const float* z, int64_t n, int64_t width, const float* low, int64_t most, int32_t* ptr, int32_t* idx, float* val,
    int32_t* fits) noexcept;
// error (rows, d) dense = codes · dictionary (cols, d) + bias (null for none) − target (rows, d), the sum of its squares, and for each
// entry dots = scale · ⟨error of its row, its row of the dictionary⟩ + shift.
SW_API sw_status sw_codes_reconstruct(
    const sw_codes* codes, const sw_rows* target, const float* dictionary, const float* bias, double scale, double shift, float* error,
    float* dots, double* squares) noexcept;
// Of the entries above 0: on how many rows each feature has one, fired (cols), their number, their sum, and the least of them, infinity
// where there is none.
SW_API sw_status sw_codes_summary(const sw_codes* codes, int32_t* fired, int64_t* active, double* total, float* least) noexcept;
// The gradients that follow from those by the codes (derivatives, one for each entry): by the encoder (cols, d) and its bias (cols), from
// the inputs x (rows, d), and by the dictionary, scale · codesᵀ · error, of which each row loses its part along the row of the dictionary,
// which is a unit vector. tied: encoder and dictionary are one, and by_dictionary is for both.
SW_API sw_status sw_codes_gradients(
    const sw_codes* codes, const float* derivatives, const float* error, double scale, const sw_rows* x, const float* dictionary, int tied,
    float* by_dictionary, float* by_encoder, float* by_bias) noexcept;

// The gradient of a linear map whose outputs' gradient dy comes in pieces of equal width: db (out), and dW (out, in) of each piece from the
// entries that are not 0 where these are few (choice 0), never (1) or always (2). dense[piece] is 1 where it was left to the caller. bf16:
// both factors are rounded to bfloat16.
SW_API sw_status sw_weight_gradient(
    const sw_rows* dy, int64_t pieces, const sw_rows* x, int choice, int bf16, float* dw, float* db, int32_t* dense) noexcept;

// The sum of the squares of the gradients.
SW_API sw_status sw_gradient_sum_squares(const sw_adamw_parameter* list, int64_t n, double* sum) noexcept;
// One step of all parameters, gradients times gradient_scale. nonzeros: of those with kept ≥ 0, together.
SW_API sw_status sw_adamw_step(sw_adamw_parameter* list, int64_t n, double gradient_scale, int64_t* nonzeros) noexcept;

// ---- whole models
// -----------------------------------------------------------------------------------------------------------------------------------------

// The mean cross-entropy over a batch and, unless null, its gradients. *ran is 0, and nothing is computed, where a matrix has a greater
// density than `density`.
SW_API sw_status sw_training_loss(
    const sw_network* network, const sw_batch* batch, double density, int bf16, const sw_gradients* gradients, double* loss,
    int* ran) noexcept;

// An engine of a network; means (nodes) of all locations, of which with final_resid what the last norm reads (d) is one more. The network's
// arrays must live and stay unchanged as long as the engine.
SW_API sw_status sw_engine_new(const sw_network* network, const float* means, int final_resid, sw_engine** engine) noexcept;
SW_API void sw_engine_free(sw_engine* engine) noexcept;
// Logits at each prompt's last position: (rows, 2) of its candidates, or (rows, vocab). gates (nodes): 1 or 0; null keeps all.
SW_API sw_status sw_engine_logits(sw_engine* engine, const sw_prompts* prompts, const float* gates, float* logits) noexcept;
// Mean cross-entropy of the right completion over both candidates, or over the vocabulary, and its derivative by every gate (nodes).
SW_API sw_status sw_engine_loss(
    sw_engine* engine, const sw_prompts* prompts, const float* gates, int whole_vocabulary, double* loss, float* by_gate) noexcept;
