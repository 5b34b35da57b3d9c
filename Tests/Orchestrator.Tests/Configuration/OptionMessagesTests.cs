using System.Text.RegularExpressions;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Tests.Configuration;

/// <summary>What options say about bad values is in the words of the files: keys in snake_case, never a property of C#.</summary>
public sealed partial class OptionMessagesTests
{
    private static readonly object[] _bad =
    [
        double.NaN, double.NegativeInfinity, -1.0, 0.0, 0.5, 1e300, -1, 0, 1, int.MaxValue, -1L, 0L, long.MaxValue, "", "?",
        TimeSpan.FromSeconds(-1), TimeSpan.Zero,
    ];

    private static IReadOnlyList<Type> Records { get; } = [.. Sections(typeof(SweepSpec)).Concat(Sections(typeof(NodeOptions))).Distinct()];

    [Fact]
    public void No_message_names_a_property()
    {
        var messages = Records.SelectMany(Messages).Distinct().ToList();
        var properties = Records.SelectMany(OptionSchema.Of).Select(option => option.Property.Name).Where(name => name.Length > 2);
        var named = new Regex($@"\b(?:{string.Join('|', properties.Distinct())})\b|Parameter '");
        Assert.InRange(messages.Count, 60, 10_000);
        Assert.All(messages, message => Assert.False(named.IsMatch(message) || Member().IsMatch(message), message));
    }

    [Fact]
    public void Every_message_begins_with_a_key()
    {
        foreach (var record in Records)
        {
            string[] keys = [.. OptionSchema.Of(record).Select(option => option.Key)];
            // What is wrong with a section as a whole begins with the section's own name.
            Assert.All(Messages(record), message => Assert.Matches("^[a-z0-9_.]+ ", message));
            Assert.NotEmpty(keys);
        }
    }

    /// <summary>What the record says when each of its options has one bad value after the other, a list also as an element.</summary>
    private static IEnumerable<string> Messages(Type record)
    {
        if (record.GetMethod("Validate", Type.EmptyTypes) is not { } validate) yield break;
        foreach (var option in OptionSchema.Of(record))
        {
            foreach (var value in Values(option.Type))
            {
                var target = Activator.CreateInstance(record)!;
                option.Property.SetValue(target, value);
                foreach (var message in (IEnumerable<string>)validate.Invoke(target, null)!) yield return message;
            }
        }
    }

    private static IEnumerable<object> Values(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        foreach (var value in _bad.Where(value => value.GetType() == plain)) yield return value;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IReadOnlyList<>)) yield break;
        var element = type.GetGenericArguments()[0];
        yield return Array.CreateInstance(element, 0);
        foreach (var value in _bad.Where(value => value.GetType() == element))
        {
            var list = Array.CreateInstance(element, 2);
            list.SetValue(value, 0);
            list.SetValue(value, 1);
            yield return list;
        }
    }

    private static IEnumerable<Type> Sections(Type record) =>
        OptionSchema.Of(record).Where(option => option.IsSection).SelectMany(option => Sections(option.Type)).Prepend(record);

    // Two capitals in a word, as in VocabSize; names of people and things have one.
    [GeneratedRegex(@"\b(?!NaN\b|[KMG]iB\b)[A-Z][a-z]+[A-Z]\w*")]
    private static partial Regex Member();
}
