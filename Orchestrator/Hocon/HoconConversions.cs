using System.Globalization;
using System.Text.RegularExpressions;

namespace Sweeps.Orchestrator.Hocon;

/// <summary>The conversions that the specification allows; each gives null where the value is not of the kind.</summary>
internal static partial class HoconConversions
{
    /// <summary>A simple value as text; null, an undefined value or another kind as in a concatenation.</summary>
    public static string SimpleText(HoconValue? value) => value switch
    {
        HoconString text => text.Text,
        HoconNumber number => number.Text,
        HoconBoolean flag => flag.ToJson(),
        HoconNull => "null",
        _ => "",
    };

    /// <summary>A string, or a number or boolean as text.</summary>
    public static string? AsString(HoconValue value) => value is HoconString or HoconNumber or HoconBoolean ? SimpleText(value) : null;

    /// <summary>A boolean, or one of the strings true, yes, on, false, no, off.</summary>
    public static bool? AsBoolean(HoconValue value) => value switch
    {
        HoconBoolean flag => flag.Value,
        HoconString { Text: "true" or "yes" or "on" } => true,
        HoconString { Text: "false" or "no" or "off" } => false,
        _ => null,
    };

    /// <summary>A finite number, or a string that is one in JSON.</summary>
    public static double? AsDouble(HoconValue value) =>
        NumberText(value) is { } text && double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) is var number
            && double.IsFinite(number)
            ? number
            : null;

    /// <summary>A whole number of 32 bits, such as 3, 3.0 or 1e6, or a string that is one.</summary>
    public static int? AsInt(HoconValue value) => AsWhole(value) is { } number and >= int.MinValue and <= int.MaxValue ? (int)number : null;

    /// <summary>A whole number of 64 bits.</summary>
    public static long? AsLong(HoconValue value) =>
        AsWhole(value) is { } number and >= long.MinValue and <= long.MaxValue ? (long)number : null;

    /// <summary>A whole number of 64 bits, 0 or more.</summary>
    public static ulong? AsUnsigned(HoconValue value) => AsWhole(value) is { } number and >= 0 and <= ulong.MaxValue ? (ulong)number : null;

    /// <summary>A list, or an object whose keys include whole numbers, in their order.</summary>
    public static HoconArray? AsList(HoconValue value)
    {
        if (value is HoconArray array) return array;
        if (value is not HoconObject numbered) return null;
        var items = numbered.Fields
            .Select(
                field =>
                    (Index: uint.TryParse(field.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                        ? index
                        : (uint?)null, field.Value.Value))
            .Where(item => item.Index is not null)
            .OrderBy(item => item.Index)
            .Select(item => item.Value)
            .ToList();
        return items.Count > 0 ? new HoconArray(value.Origin, items) : null;
    }

    /// <summary>A duration such as "10 s" or "500ms"; a bare number is milliseconds.</summary>
    public static TimeSpan? AsDuration(HoconValue value)
    {
        if (WithUnit(value) is not { } quantity) return null;
        double? ticks = quantity.Unit switch
        {
            "ns" or "nano" or "nanos" or "nanosecond" or "nanoseconds" => 1.0 / TimeSpan.NanosecondsPerTick,
            "us" or "micro" or "micros" or "microsecond" or "microseconds" => TimeSpan.TicksPerMicrosecond,
            "" or "ms" or "milli" or "millis" or "millisecond" or "milliseconds" => TimeSpan.TicksPerMillisecond,
            "s" or "second" or "seconds" => TimeSpan.TicksPerSecond,
            "m" or "minute" or "minutes" => TimeSpan.TicksPerMinute,
            "h" or "hour" or "hours" => TimeSpan.TicksPerHour,
            "d" or "day" or "days" => TimeSpan.TicksPerDay,
            _ => null,
        };
        var total = quantity.Number * ticks;
        return total is { } count && Math.Abs(count) < long.MaxValue ? new TimeSpan((long)Math.Round(count)) : null;
    }

    /// <summary>
    /// A size such as "512k" or "2 GiB"; a bare number is bytes. One-letter units are powers of 1024, kB, MB, GB of 1000.
    /// </summary>
    public static long? AsBytes(HoconValue value)
    {
        if (WithUnit(value) is not { } quantity || UnitBytes(quantity.Unit) is not { } unit) return null;
        var total = quantity.Number * unit;
        return Math.Abs(total) < long.MaxValue && Math.Floor(total) == total ? (long)total : null;
    }

    private static double? UnitBytes(string unit)
    {
        if (unit is "" or "B" or "b" or "byte" or "bytes") return 1;
        string[] prefixes = ["k", "m", "g", "t", "p", "e", "z", "y"];
        string[] tens = ["kilo", "mega", "giga", "tera", "peta", "exa", "zetta", "yotta"];
        string[] twos = ["kibi", "mebi", "gibi", "tebi", "pebi", "exbi", "zebi", "yobi"];
        for (var i = 0; i < prefixes.Length; i++)
        {
            var upper = prefixes[i].ToUpperInvariant();
            var ten = i == 0 ? "k" : upper;
            if (unit == ten + "B" || unit == tens[i] + "byte" || unit == tens[i] + "bytes") return Math.Pow(1000, i + 1);
            if (unit == prefixes[i] || unit == upper || unit == upper + "i" || unit == upper + "iB" || unit == twos[i] + "byte"
                || unit == twos[i] + "bytes")
                return Math.Pow(1024, i + 1);
        }
        return null;
    }

    private static (double Number, string Unit)? WithUnit(HoconValue value)
    {
        if (AsDouble(value) is { } bare) return (bare, "");
        if (value is not HoconString text || Quantity().Match(text.Text) is not { Success: true } match) return null;
        return (double.Parse(match.Groups["number"].Value, NumberStyles.Float, CultureInfo.InvariantCulture), match.Groups["unit"].Value);
    }

    private static decimal? AsWhole(HoconValue value) =>
        NumberText(value) is { } text && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && decimal.Truncate(number) == number ? number : null;

    private static string? NumberText(HoconValue value) => value switch
    {
        HoconNumber number => number.Text,
        HoconString text when JsonNumber().IsMatch(text.Text) => text.Text,
        _ => null,
    };

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    public static partial Regex JsonNumber();

    [GeneratedRegex(@"^\s*(?<number>-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)\s*(?<unit>\p{L}*)\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Quantity();
}
