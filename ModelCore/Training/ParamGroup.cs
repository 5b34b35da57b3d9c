using static TorchSharp.torch;

namespace Sweeps.ModelCore.Training;

/// <summary>Parameters that share their settings; the settings may change between steps.</summary>
public sealed class ParamGroup
{
    /// <summary>Names and tensors.</summary>
    public required IReadOnlyList<(string Name, Tensor Parameter)> Parameters { get; init; }

    /// <summary>Learning rate.</summary>
    public double Lr { get; set; } = 1e-3;

    /// <summary>Decay of the mean of the gradients, in [0, 1).</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay of the mean of the squared gradients, in [0, 1).</summary>
    public double Beta2 { get; set; } = 0.999;

    /// <summary>Added to the root of the mean square.</summary>
    public double Eps { get; set; } = 1e-8;

    /// <summary>Decay of the weights per step, times the learning rate.</summary>
    public double WeightDecay { get; set; } = 1e-2;

    internal void Validate()
    {
        Require(Lr >= 0 && double.IsFinite(Lr), nameof(Lr), Lr, "a finite number >= 0");
        Require(Beta1 is >= 0 and < 1, nameof(Beta1), Beta1, "a number in [0, 1)");
        Require(Beta2 is >= 0 and < 1, nameof(Beta2), Beta2, "a number in [0, 1)");
        Require(Eps >= 0 && double.IsFinite(Eps), nameof(Eps), Eps, "a finite number >= 0");
        Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay, "a finite number >= 0");
    }

    private static void Require(bool holds, string name, double value, string expected)
    {
        if (!holds) throw new ArgumentOutOfRangeException(name, value, $"AdamW: expected {expected}");
    }
}
