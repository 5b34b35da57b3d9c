using System.Globalization;

namespace Sweeps.Orchestrator.Reports.Svg;

/// <summary>One axis of a plot: a range with round ticks, linear or logarithmic.</summary>
internal sealed class Axis
{
    private readonly double _low, _high;
    private readonly bool _log;

    private Axis(double low, double high, bool log, IReadOnlyList<double> ticks) => (_low, _high, _log, Ticks) = (low, high, log, ticks);

    /// <summary>Values that get a label, ascending, all inside the range.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>An axis that shows all of <paramref name="values"/>. A logarithmic one ignores those that are not positive.</summary>
    /// <param name="values">the data; what is not finite is ignored</param>
    /// <param name="log">whether equal distances are equal factors</param>
    /// <param name="whole">whether only whole numbers may be ticks of a linear axis</param>
    public static Axis Over(IEnumerable<double> values, bool log, bool whole = false)
    {
        var shown = values.Where(v => double.IsFinite(v) && (!log || v > 0)).ToList();
        var (low, high) = shown.Count == 0 ? (log ? (1.0, 10.0) : (0.0, 1.0)) : (shown.Min(), shown.Max());
        return log ? Logarithmic(low, high) : Linear(low, high, whole ? 1 : 0);
    }

    /// <summary>Whether the axis has a place for <paramref name="value"/>.</summary>
    public bool Shows(double value) => double.IsFinite(value) && (!_log || value > 0);

    /// <summary>Where <paramref name="value"/> is, 0 at the low end and 1 at the high end.</summary>
    public double Place(double value) => _log
        ? (Math.Log10(value) - Math.Log10(_low)) / (Math.Log10(_high) - Math.Log10(_low))
        : (value - _low) / (_high - _low);

    /// <summary>The label of a tick: plain digits, or a power of ten where they would be long.</summary>
    public static string Label(double tick)
    {
        var size = Math.Abs(tick);
        if (size is >= 1e6 or (> 0 and < 1e-4)) return tick.ToString("0.##e0", CultureInfo.InvariantCulture);
        if (size >= 1e4) return (tick / 1000).ToString("0.##", CultureInfo.InvariantCulture) + "k";
        return tick.ToString("0.######", CultureInfo.InvariantCulture);
    }

    private static Axis Linear(double low, double high, double minStep)
    {
        if (low == high) (low, high) = (low - (low == 0 ? 1 : Math.Abs(low) / 2), high + (high == 0 ? 1 : Math.Abs(high) / 2));
        var step = Math.Max(minStep, NiceStep((high - low) / 5));
        // Multiples of the step, computed from integers so that 0.3 is not 0.30000000000000004.
        var (first, last) = ((long)Math.Floor(low / step), (long)Math.Ceiling(high / step));
        var ticks = new List<double>();
        for (var i = first; i <= last; i++) ticks.Add(step < 1 ? i / Math.Round(1 / step) : i * step);
        return new Axis(ticks[0], ticks[^1], log: false, ticks);
    }

    private static Axis Logarithmic(double low, double high)
    {
        if (low == high) (low, high) = (low / 2, high * 2);
        // Few decades want ticks between the powers of ten, many want powers only, and not all of them.
        var decades = Math.Log10(high) - Math.Log10(low);
        double[] mantissas = decades < 1.5 ? [1, 2, 5] : decades < 3 ? [1, 3] : [1];
        var every = Math.Max(1, (int)Math.Ceiling(decades / 8));
        var all = new List<double>();
        for (var e = (int)Math.Floor(Math.Log10(low)) - 1; e <= (int)Math.Ceiling(Math.Log10(high)) + 1; e++)
            if (e % every == 0)
                all.AddRange(mantissas.Select(m => e < 0 ? m / Math.Pow(10, -e) : m * Math.Pow(10, e)));
        var from = all.FindLastIndex(t => t <= low * (1 + 1e-9));
        var to = all.FindIndex(t => t >= high * (1 - 1e-9));
        var ticks = all[Math.Max(from, 0)..((to < 0 ? all.Count - 1 : to) + 1)];
        return new Axis(ticks[0], ticks[^1], log: true, ticks);
    }

    /// <summary>1, 2 or 5 times a power of ten, at least <paramref name="rough"/>.</summary>
    private static double NiceStep(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var mantissa = rough / power;
        return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10);
    }
}
