using System.Globalization;

namespace Sweeps.Orchestrator.Cli;

/// <summary>Numbers as people read them.</summary>
internal static class Human
{
    private static readonly string[] _decimal = ["", " k", " M", " G", " T", " P", " E", " Z"];
    private static readonly string[] _binary = [" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"];

    /// <summary>A size, e.g. 1.5 GiB.</summary>
    public static string Bytes(double bytes) => Scale(bytes, 1024, _binary);

    /// <summary>A large number, e.g. 3.2 M.</summary>
    public static string Count(double count) => Scale(count, 1000, _decimal);

    /// <summary>Floating-point operations, e.g. 3.2 TFLOP.</summary>
    public static string Flops(double flops)
    {
        var text = Scale(flops, 1000, _decimal);
        return (text.Contains(' ', StringComparison.Ordinal) ? text : text + " ") + "FLOP";
    }

    /// <summary>A time span, e.g. 1h 05m, 3m 20s or 12s.</summary>
    public static string Duration(TimeSpan span) => span.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalHours}h {span.Minutes:00}m")
        : span.TotalMinutes >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{span.Minutes}m {span.Seconds:00}s")
            : string.Create(CultureInfo.InvariantCulture, $"{span.Seconds}s");

    /// <summary>A time span of seconds or minutes with a tenth of a second, e.g. 0.4s; longer ones as <see cref="Duration"/>.</summary>
    public static string Seconds(TimeSpan span) => span.TotalMinutes >= 1
        ? Duration(span)
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0}s");

    /// <summary>A time in its own zone, e.g. 2026-01-31 13:05:09.</summary>
    public static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A number in at most <paramref name="digits"/> significant digits.</summary>
    public static string Number(double value, int digits = 4) => value.ToString($"G{digits}", CultureInfo.InvariantCulture);

    private static string Scale(double value, double step, string[] units)
    {
        var unit = 0;
        while (value >= step && unit < units.Length - 1)
        {
            value /= step;
            unit++;
        }
        return value.ToString(unit == 0 || value >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture) + units[unit];
    }
}
