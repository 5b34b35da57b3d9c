namespace Sweeps.Search.Carbs;

/// <summary>Logarithms of costs, mapped so that the observed ones lie in [−1, 1]; a single cost lies at −1.</summary>
internal sealed class CostScale
{
    private readonly double _low, _range;

    /// <param name="costs">of the successes, at least one</param>
    public CostScale(IReadOnlyCollection<double> costs)
    {
        _low = Math.Log(costs.Min());
        _range = Math.Log(costs.Max()) - _low;
        IsConstant = _range <= 1e-9;
    }

    /// <summary>Whether there is nothing to model.</summary>
    public bool IsConstant { get; }

    public double Scaled(double cost) => IsConstant ? -1 : (2 * ((Math.Log(cost) - _low) / _range)) - 1;

    public double Cost(double scaled) => Math.Exp(_low + (0.5 * (scaled + 1) * _range));
}
