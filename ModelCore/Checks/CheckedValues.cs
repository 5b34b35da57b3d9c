using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Checks;

/// <summary>Collects what is compared, and takes the time.</summary>
/// <param name="time">for the seconds in the table, nothing else</param>
internal sealed class CheckedValues(TimeProvider time)
{
    private readonly List<CheckedValue> _all = [];
    private long _since = time.GetTimestamp();

    internal IReadOnlyList<CheckedValue> All => _all;

    /// <summary>What comes next is timed from here.</summary>
    internal void Restart() => _since = time.GetTimestamp();

    internal void Add(string what, double here, double expected, double allowed) =>
        Add(what, here, expected, Math.Abs(here - expected), allowed);

    /// <summary>Two tensors of one shape, on any device: their norms, and the largest difference of two elements.</summary>
    internal void AddLargest(string what, Tensor here, Tensor expected, double allowed) =>
        Add($"{what}, norm; largest difference", here, expected, difference => difference.abs().max(), allowed);

    /// <summary>Two tensors of one shape, on any device: their norms, and that of the difference, a fraction of them.</summary>
    internal void AddNorm(string what, Tensor here, Tensor expected, double fraction)
    {
        using var norm = expected.to(ScalarType.Float64).norm();
        Add($"{what}, norm; that of the difference", here, expected, difference => difference.norm(), fraction * norm.ToDouble());
    }

    private void Add(string what, Tensor here, Tensor expected, Func<Tensor, Tensor> measure, double allowed)
    {
        using var scope = torch.NewDisposeScope();
        if (!here.shape.SequenceEqual(expected.shape))
            throw new InvalidDataException($"{what}: {here.Describe()}, expected {expected.Describe()}");
        var (found, wanted) = (here.detach().cpu().to(ScalarType.Float64), expected.detach().cpu().to(ScalarType.Float64));
        Add(what, found.norm().ToDouble(), wanted.norm().ToDouble(), measure(found - wanted).ToDouble(), allowed);
    }

    private void Add(string what, double here, double expected, double difference, double allowed)
    {
        _all.Add(new CheckedValue(what, here, expected, difference, allowed, time.GetElapsedTime(_since).TotalSeconds));
        Restart();
    }
}
