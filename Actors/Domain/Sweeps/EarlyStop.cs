using System.Globalization;

namespace Sweeps.Domain.Sweeps;

/// <summary>Where and why a training was stopped.</summary>
/// <param name="Rule">which rule it was</param>
/// <param name="Step">the rung, in steps</param>
/// <param name="Loss">the training's there, on the validation documents, nats per token</param>
/// <param name="Place">its place there, from 1, among those of its group up to it in the plan's order; behind its equals</param>
/// <param name="Of">how many of them there were, with itself</param>
/// <param name="Bound">
/// what its loss was held against: by <see cref="TrainingStopping.Asha"/> that of the last before it that was among the best, and by
/// <see cref="TrainingStopping.Median"/> the median of those before it
/// </param>
public sealed record EarlyStop(TrainingStopping Rule, int Step, double Loss, int Place, int Of, double Bound)
{
    /// <summary>The same in words, one sentence without its end.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"stopped early at step {Step}: loss {Loss:0.000}, place {Place} of {Of}, "
            + $"{(Rule == TrainingStopping.Median ? "above the median" : "not below")} {Bound:0.000}");
}
