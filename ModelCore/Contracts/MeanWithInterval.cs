namespace Sweeps.Contracts;

/// <summary>A mean and what chance does to it.</summary>
/// <param name="Mean">the mean</param>
/// <param name="Low">lower end of the bootstrap's 95 % interval</param>
/// <param name="High">its upper end</param>
/// <param name="Count">of how many values</param>
public sealed record MeanWithInterval(double Mean, double Low, double High, int Count);
