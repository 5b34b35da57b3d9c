namespace Sweeps.Simulator;

/// <summary>Draws of one purpose, from the seed of a simulation.</summary>
internal sealed class Chance(ulong seed, string purpose)
{
    private readonly KeyedRandom _random = new(seed, "simulator", purpose);

    public bool Happens(double probability) => _random.NextDouble() < probability;

    /// <summary>Uniform in 0 to <paramref name="bound"/>, which is not reached.</summary>
    public int Next(int bound) => _random.Next(bound);

    public double Between(double low, double high) => low + (_random.NextDouble() * (high - low));

    /// <summary>Uniform in the logarithm: as often between 1 and 10 as between 10 and 100.</summary>
    public double Magnitude(double low, double high) => low * Math.Pow(high / low, _random.NextDouble());

    public TimeSpan Seconds(double low, double high) => TimeSpan.FromSeconds(Between(low, high));

    public T Choose<T>(params IReadOnlyList<T> items) => _random.Choose(items);
}
