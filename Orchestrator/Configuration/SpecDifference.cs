using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>An option in which two descriptions of a sweep differ.</summary>
/// <param name="Key">its path, e.g. <c>training.steps</c></param>
/// <param name="Before">its value in the first, as it would be written; "null" where it has none</param>
/// <param name="After">its value in the second</param>
internal sealed record SpecDifference(string Key, string Before, string After)
{
    /// <summary>All differences, in the order of the options; defaults count like written values.</summary>
    public static IReadOnlyList<SpecDifference> Between(SweepSpec before, SweepSpec after)
    {
        var old = Flatten(before).ToDictionary(option => option.Key, option => option.Value);
        var now = Flatten(after).ToDictionary(option => option.Key, option => option.Value);
        return
        [
            .. old.Keys.Union(now.Keys)
                .Select(key => new SpecDifference(key, old.GetValueOrDefault(key, "null"), now.GetValueOrDefault(key, "null")))
                .Where(difference => difference.Before != difference.After),
        ];
    }

    private static IEnumerable<KeyValuePair<string, string>> Flatten(object record, string path = "")
    {
        foreach (var option in OptionSchema.Of(record.GetType()))
        {
            var value = option.Property.GetValue(record);
            if (OptionSchema.EntryOf(option.Type) is not null)
            {
                foreach (DictionaryEntry entry in (IDictionary)value!)
                    foreach (var inner in Flatten(entry.Value!, $"{path}{option.Key}.{entry.Key}.")) yield return inner;
            }
            else if (!option.IsSection) yield return new(path + option.Key, Show(value));
            else if (value is not null)
                foreach (var inner in Flatten(value, $"{path}{option.Key}.")) yield return inner;
        }
    }

    private static string Show(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => JsonSerializer.Serialize(text, JobJson.Options),
        NodeSite site => NodeLocation.SiteName(site),
        Enum choice => OptionSchema.KeyOf(choice.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object>().Select(Show))}]",
        _ => throw new NotSupportedException($"a {value.GetType()} has no written form"),
    };
}
