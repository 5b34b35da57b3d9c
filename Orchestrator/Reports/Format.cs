using System.Globalization;

namespace Sweeps.Orchestrator.Reports;

/// <summary>How numbers are written for people: the same on every machine.</summary>
internal static class Format
{
    /// <summary>What stands where there is nothing.</summary>
    public const string None = "–";

    /// <summary>Nats, three decimals.</summary>
    public static string Loss(double? value) => Text(value, "0.000");

    /// <summary>Three decimals, with the sign.</summary>
    public static string Signed(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);

    public static string Percent(double? value) => value is { } v && double.IsFinite(v) ? Text(v * 100, "0.0") + " %" : Text(value, "");

    /// <summary>A whole number with thin thousands.</summary>
    public static string Count(long? value) => value is { } v ? v.ToString("#,0", CultureInfo.InvariantCulture) : None;

    /// <summary>A number of things.</summary>
    /// <param name="count">how many</param>
    /// <param name="one">the word for one</param>
    /// <param name="many">the word for several; null for <paramref name="one"/> with an s</param>
    public static string Counted(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? $"{one}s")}");

    public static string Short(double? value) => Text(value, "G4");

    public static string Interval((double Low, double High)? interval) => interval is { } i ? $"{Short(i.Low)} to {Short(i.High)}" : None;

    private static string Text(double? value, string format) => value switch
    {
        null => None,
        { } v when double.IsNaN(v) => "not a number",
        { } v when double.IsInfinity(v) => v > 0 ? "infinite" : "−infinite",
        { } v => v.ToString(format, CultureInfo.InvariantCulture),
    };
}
