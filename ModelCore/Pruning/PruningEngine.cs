using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Torch;
using Sweeps.ModelCore.Torch.Interop;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// A frozen weight-sparse model on the CPU as sparse matrices, run sequence by sequence: what <see cref="FrozenModel.Logits"/> and its gradient by the gates give,
/// to rounding, in a tenth of the time and less. Results do not depend on the number of threads.
/// </summary>
/// <remarks>Prompts are run up to their last token, so padding costs nothing. Not thread-safe.</remarks>
internal sealed class PruningEngine : IDisposable
{
    /// <summary>Nonzero fraction of the weight matrices up to which sparse products are faster than dense ones; see the benchmark.</summary>
    internal const double MaxDensity = 0.25;

    private readonly EngineHandle _engine;
    private readonly int _vocabulary;
    private readonly int _nodes;

    private PruningEngine(EngineHandle engine, int vocabulary, int nodes) => (_engine, _vocabulary, _nodes) = (engine, vocabulary, nodes);

    /// <summary>An engine of a model.</summary>
    /// <param name="model">frozen; it must live and stay unchanged as long as the engine</param>
    /// <param name="means">(nodes), the mean activation of every node</param>
    internal static PruningEngine Create(Transformer model, Tensor means)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var c = model.Config;
        List<Tensor?> tensors = [.. model.NativeTensors(c.NCtx), means];
        using var handles = new Handles(tensors);
        var engine = Native.sw_engine_new(model.NativeShape(c.NCtx), c.RmsNormEps, handles.Span, tensors.Count);
        if (engine.IsInvalid) throw Errors.Failure("PruningEngine");
        return new PruningEngine(engine, c.VocabSize, (int)means.numel());
    }

    /// <summary>The logits at each prompt's last position.</summary>
    /// <param name="rows">the prompts</param>
    /// <param name="gates">per node 1 to keep and 0 to ablate; null to keep all</param>
    /// <param name="wholeVocabulary">of all tokens instead of the two candidates</param>
    /// <param name="into">(rows, 2): the right candidate's, the wrong one's; or (rows, vocabulary)</param>
    internal unsafe void Logits(TaskRows rows, ReadOnlySpan<float> gates, bool wholeVocabulary, Span<float> into)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(into.Length, rows.Count * (wholeVocabulary ? _vocabulary : 2));
        using var candidates = new OptionalHandle(wholeVocabulary ? null : rows.Candidates);
        if (!gates.IsEmpty) ArgumentOutOfRangeException.ThrowIfNotEqual(gates.Length, _nodes);
        // Of an empty span this is the null pointer that keeps all nodes.
        fixed (float* gate = gates)
            Errors.Check(Native.sw_engine_logits(_engine, rows.Tokens, rows.Positions, candidates.Value, gate, into), rows.Tokens, rows.Positions);
    }

    /// <summary>The task loss as <see cref="TaskRows.Loss"/> defines it, and its derivative by every gate.</summary>
    /// <param name="rows">the prompts</param>
    /// <param name="gates">per node 1 to keep and 0 to ablate</param>
    /// <param name="wholeVocabulary">over all tokens instead of the two candidates</param>
    internal (double Loss, float[] ByGate) Loss(TaskRows rows, ReadOnlySpan<float> gates, bool wholeVocabulary)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(gates.Length, _nodes);
        var byGate = new float[_nodes];
        Errors.Check(
            Native.sw_engine_loss(_engine, rows.Tokens, rows.Positions, rows.Candidates, gates, wholeVocabulary ? 1 : 0, out var loss, byGate),
            rows.Tokens, rows.Positions);
        return (loss, byGate);
    }

    public void Dispose() => _engine.Dispose();
}
