namespace Sweeps.Domain.Cluster;

/// <summary>How a sweep shares the cluster's devices with the others.</summary>
public sealed record SweepShare
{
    /// <summary>Above 0, default 1: a sweep of weight 2 gets twice the devices of one of weight 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Default 0. Sweeps of a higher priority come first, whatever the weights; among equals the weights count.</summary>
    public int Priority { get; init; }

    /// <summary>Most of its jobs at a time; default 0, no limit.</summary>
    public int Concurrency { get; init; }

    /// <summary>
    /// Whether its jobs may run on devices of several kinds, whose results differ in their last bits; default no: then the first kind that
    /// is there is the sweep's.
    /// </summary>
    public bool MixedDevices { get; init; }

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (!(Weight > 0 && double.IsFinite(Weight))) yield return $"weight is {Weight}: expected a number above 0";
        if (Concurrency < 0) yield return $"concurrency is {Concurrency}: expected 0 (no limit) or more";
    }
}
