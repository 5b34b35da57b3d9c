using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>The normalised squared error of predictions over many batches, in double precision.</summary>
internal sealed class NmseSums
{
    private double[]? _sum;
    private double _squares, _error;
    private long _count;

    /// <summary>Σ‖p − a‖² / Σ‖a − ā‖²; 0 / 0 is 0.</summary>
    internal double Value
    {
        get
        {
            var variance = _squares - ((_sum ?? []).Sum(s => s * s) / Math.Max(1, _count));
            return _error == 0 ? 0 : _error / variance;
        }
    }

    /// <summary>Adds a batch.</summary>
    /// <param name="prediction">(..., d)</param>
    /// <param name="actual">of the same shape</param>
    internal void Add(Tensor prediction, Tensor actual)
    {
        using var scope = torch.NewDisposeScope();
        var a = actual.reshape(-1, actual.size(-1)).to(ScalarType.Float64); // (N, d)
        var p = prediction.reshape(-1, actual.size(-1)).to(ScalarType.Float64);
        var sum = a.sum([0]).cpu().Values<double>();
        _sum ??= new double[sum.Length];
        for (var i = 0; i < sum.Length; i++) _sum[i] += sum[i];
        _squares += a.square().sum().ToDouble();
        _error += (p - a).square().sum().ToDouble();
        _count += a.size(0);
    }
}
