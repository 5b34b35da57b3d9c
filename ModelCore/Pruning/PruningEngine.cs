using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Kernels.Interop;
using Sweeps.ModelCore.Model;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// A frozen weight-sparse model on the CPU as sparse matrices, run sequence by sequence: what <see cref="FrozenModel.Logits"/> and its
/// gradient by the gates give, to rounding, in a tenth of the time and less. Results do not depend on the number of threads.
/// </summary>
/// <remarks>Prompts are run up to their last token, so padding costs nothing. Not thread-safe.</remarks>
internal sealed unsafe class PruningEngine : IDisposable
{
    /// <summary>
    /// Nonzero fraction of the weight matrices up to which the engine is faster than dense products: <c>--only densities</c> of the
    /// benchmarks.
    /// </summary>
    internal static double MaxDensity(int width) => width <= 256 ? 1 : 0.5;

    private readonly Transformer.NetworkArguments _network; // the engine points into it
    private readonly int _vocabulary;
    private readonly int _nodes;
    private nint _engine;

    private PruningEngine(Transformer.NetworkArguments network, nint engine, int vocabulary, int nodes)
        => (_network, _engine, _vocabulary, _nodes) = (network, engine, vocabulary, nodes);

    ~PruningEngine() => NativeMethods.sw_engine_free(_engine);

    /// <summary>An engine of a model.</summary>
    /// <param name="model">frozen; it must live and stay unchanged as long as the engine</param>
    /// <param name="means">(nodes), the mean activation of every node</param>
    /// <param name="finalResid">whether what the last norm reads is nodes too, behind all others</param>
    internal static PruningEngine Create(Transformer model, Tensor means, bool finalResid)
    {
        var network = new Transformer.NetworkArguments(model, model.Config.NCtx);
        try
        {
            nint engine;
            Status.Check(NativeMethods.sw_engine_new(network.Native, Pointers.Floats(means), finalResid ? 1 : 0, &engine));
            return new PruningEngine(network, engine, model.Config.VocabSize, (int)means.numel());
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The logits at each prompt's last position.</summary>
    /// <param name="rows">the prompts</param>
    /// <param name="gates">per node 1 to keep and 0 to ablate; null to keep all</param>
    /// <param name="wholeVocabulary">of all tokens instead of the two candidates</param>
    /// <param name="into">(rows, 2): the right candidate's, the wrong one's; or (rows, vocabulary)</param>
    internal void Logits(TaskRows rows, ReadOnlySpan<float> gates, bool wholeVocabulary, Span<float> into)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(into.Length, rows.Count * (wholeVocabulary ? _vocabulary : 2));
        if (!gates.IsEmpty) ArgumentOutOfRangeException.ThrowIfNotEqual(gates.Length, _nodes);
        var prompts = Prompts(rows);
        if (wholeVocabulary) prompts.Candidates = null;
        // Of an empty span this is the null pointer that keeps all nodes.
        fixed (float* gate = gates, logits = into) Status.Check(NativeMethods.sw_engine_logits(_engine, &prompts, gate, logits));
        GC.KeepAlive(rows);
    }

    /// <summary>The task loss as <see cref="TaskRows.Loss"/> defines it, and its derivative by every gate.</summary>
    /// <param name="rows">the prompts</param>
    /// <param name="gates">per node 1 to keep and 0 to ablate</param>
    /// <param name="wholeVocabulary">over all tokens instead of the two candidates</param>
    internal (double Loss, float[] ByGate) Loss(TaskRows rows, ReadOnlySpan<float> gates, bool wholeVocabulary)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(gates.Length, _nodes);
        var byGate = new float[_nodes];
        var prompts = Prompts(rows);
        double loss;
        fixed (float* gate = gates, derivatives = byGate)
            Status.Check(NativeMethods.sw_engine_loss(_engine, &prompts, gate, wholeVocabulary ? 1 : 0, &loss, derivatives));
        GC.KeepAlive(rows);
        return (loss, byGate);
    }

    public void Dispose()
    {
        NativeMethods.sw_engine_free(_engine);
        _engine = 0;
        _network.Dispose();
        GC.SuppressFinalize(this);
    }

    private static NativePrompts Prompts(TaskRows rows) => new()
    {
        Tokens = Pointers.Longs(rows.Tokens),
        Positions = Pointers.Longs(rows.Positions),
        Candidates = Pointers.Longs(rows.Candidates),
        Rows = rows.Tokens.size(0),
        Length = rows.Tokens.size(1),
    };
}
