namespace Sweeps.ModelCore.Pruning;

/// <summary>Masks in arrays, for a task loss that takes and gives arrays: the <see cref="PruningEngine"/>'s.</summary>
/// <param name="optimizer">τ, moments and steps</param>
/// <param name="taskLoss">what is made small</param>
internal sealed class HostMasks(MaskOptimizer optimizer, HostMasks.TaskLoss taskLoss) : IMasks
{
    private MaskStep _last = MaskStep.None;

    /// <summary>The task loss, and its derivative by each gate.</summary>
    /// <param name="rows">the pairs of a step</param>
    /// <param name="gates">per mask 1 where its thing is kept, else 0</param>
    internal delegate (double Loss, float[] ByGate) TaskLoss(TaskRows rows, float[] gates);

    /// <inheritdoc/>
    public int StepsPerRead => 1;

    /// <inheritdoc/>
    public void Step(int step, TaskRows rows)
    {
        if (!_last.IsFinite) return;
        var (loss, byGate) = taskLoss(rows, Array.ConvertAll(optimizer.Tau, t => NodeGate.IsKept(t) ? 1f : 0f));
        _last = new MaskStep(step, loss, double.IsFinite(loss) ? optimizer.Step(step, byGate) : double.NaN);
    }

    /// <inheritdoc/>
    public MaskStep Last() => _last;

    /// <inheritdoc/>
    public MaskState State() => new(optimizer.Tau, optimizer.M, optimizer.V);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
