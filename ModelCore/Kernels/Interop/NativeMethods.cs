using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Kernels.Interop;

/// <summary>
/// The functions of Native/sweeps.h, where they are described. Those that give a status are called through <see cref="Status.Check"/>.
/// </summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = NativeLibraryFile.Name;

    static NativeMethods() => NativeLibraryFile.Load();

    [LibraryImport(Library)]
    internal static partial nint sw_last_error();

    [LibraryImport(Library)]
    internal static partial int sw_take_shortage(NativeShortage* shortage);

    [LibraryImport(Library)]
    internal static partial int sw_set_num_threads(long n);

    [LibraryImport(Library)]
    internal static partial long sw_get_num_threads();

    [LibraryImport(Library)]
    internal static partial nint sw_kernel_capability();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int sw_use_kernels(string? name);

    [LibraryImport(Library)]
    internal static partial void sw_set_memory_budget(long bytes);

    [LibraryImport(Library)]
    internal static partial void sw_memory_stats(NativeMemoryStats* stats);

    [LibraryImport(Library)]
    internal static partial void sw_reset_peak_memory();

    [LibraryImport(Library)]
    internal static partial void sw_empty_cache();

    [LibraryImport(Library)]
    internal static partial void sw_begin_job();

    [LibraryImport(Library)]
    internal static partial void sw_end_job();

    [LibraryImport(Library)]
    internal static partial long sw_libtorch_allocations();

    [LibraryImport(Library)]
    internal static partial void sw_number_stats(NativeNumbers* stats);

    [LibraryImport(Library)]
    internal static partial long sw_kept_words(long d);

    [LibraryImport(Library)]
    internal static partial int sw_abs_topk(NativeRows* x, NativeRows* onto, long k, float* y, ushort* kept);

    [LibraryImport(Library)]
    internal static partial int sw_abs_topk_backward(NativeRows* dy, ushort* kept, float* dx);

    [LibraryImport(Library)]
    internal static partial int sw_attention_forward(NativeAttention* a, float* o, float* lse);

    [LibraryImport(Library)]
    internal static partial int sw_attention_backward(
        NativeAttention* a, float* o, float* lse, float* dout, float* dq, float* dk, float* dv, float* dsinks);

    [LibraryImport(Library)]
    internal static partial int sw_embedding(NativeRows* table, long* positions, long n, int add, float* y);

    [LibraryImport(Library)]
    internal static partial int sw_embedding_backward(float* dy, long* positions, long n, long width, long rows, float* dtable);

    [LibraryImport(Library)]
    internal static partial int sw_cross_entropy(NativeRows* logits, long* targets, float* lse, double* loss);

    [LibraryImport(Library)]
    internal static partial int sw_cross_entropy_backward(NativeRows* logits, long* targets, float* lse, double scale, float* dlogits);

    [LibraryImport(Library)]
    internal static partial int sw_rms_norm(float* x, float* gain, long n, long d, double eps, float* y, float* inverseRms);

    [LibraryImport(Library)]
    internal static partial int sw_rms_norm_backward(
        float* x, float* gain, float* inverseRms, float* dy, float* beside, long n, long d, float* dx, float* dgain);

    [LibraryImport(Library)]
    internal static partial int sw_gelu(float* x, long n, float* y);

    [LibraryImport(Library)]
    internal static partial int sw_gelu_backward(float* x, float* dy, long n, float* dx);

    [LibraryImport(Library)]
    internal static partial int sw_sparse_weight_new(NativeRows* dense, long most, nint* weight);

    [LibraryImport(Library)]
    internal static partial void sw_sparse_weight_free(nint weight);

    [LibraryImport(Library)]
    internal static partial long sw_sparse_weight_entries(nint weight);

    [LibraryImport(Library)]
    internal static partial int sw_sparse_linear(nint weight, int transposed, NativeRows* x, long pieces, float* bias, float* y);

    [LibraryImport(Library)]
    internal static partial int sw_codes_topk(float* z, long n, long width, long k, int* ptr, int* idx, float* val);

    [LibraryImport(Library)]
    internal static partial int sw_codes_batch_topk(float* z, long n, long width, long k, int* ptr, int* idx, float* val);

    [LibraryImport(Library)]
    internal static partial int sw_codes_above(
        float* z, long n, long width, float* low, long most, int* ptr, int* idx, float* val, int* fits);

    [LibraryImport(Library)]
    internal static partial int sw_codes_reconstruct(
        NativeCodes* codes, NativeRows* target, float* dictionary, float* bias, double scale, double shift, float* error, float* dots,
        double* squares);

    [LibraryImport(Library)]
    internal static partial int sw_codes_summary(NativeCodes* codes, int* fired, long* active, double* total, float* least);

    [LibraryImport(Library)]
    internal static partial int sw_codes_gradients(
        NativeCodes* codes, float* derivatives, float* error, double scale, NativeRows* x, float* dictionary, int tied, float* byDictionary,
        float* byEncoder, float* byBias);

    [LibraryImport(Library)]
    internal static partial int sw_weight_gradient(
        NativeRows* dy, long pieces, NativeRows* x, int choice, int bf16, float* dw, float* db, int* dense);

    [LibraryImport(Library)]
    internal static partial int sw_gradient_sum_squares(NativeAdamWParameter* list, long n, double* sum);

    [LibraryImport(Library)]
    internal static partial int sw_adamw_step(NativeAdamWParameter* list, long n, double gradientScale, long* nonzeros);

    [LibraryImport(Library)]
    internal static partial int sw_training_loss(
        NativeNetwork* network, NativeBatch* batch, double density, int bf16, NativeGradients* gradients, double* loss, int* ran);

    [LibraryImport(Library)]
    internal static partial int sw_engine_new(NativeNetwork* network, float* means, int finalResid, nint* engine);

    [LibraryImport(Library)]
    internal static partial void sw_engine_free(nint engine);

    [LibraryImport(Library)]
    internal static partial int sw_engine_logits(nint engine, NativePrompts* prompts, float* gates, float* logits);

    [LibraryImport(Library)]
    internal static partial int sw_engine_loss(
        nint engine, NativePrompts* prompts, float* gates, int wholeVocabulary, double* loss, float* byGate);
}
