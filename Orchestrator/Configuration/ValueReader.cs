using System.Collections;
using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>How the values of one type are written.</summary>
/// <param name="Expected">for error messages, e.g. "a whole number"</param>
/// <param name="Read">the value, or null when it is not of that form</param>
internal sealed record ValueReader(string Expected, Func<HoconValue, object?> Read)
{
    private static readonly Dictionary<Type, ValueReader> _readers = new()
    {
        [typeof(int)] = new("a whole number", value => HoconConversions.AsInt(value)),
        [typeof(long)] = new("a whole number", value => HoconConversions.AsLong(value)),
        [typeof(ulong)] = new("a whole number, 0 or more", value => HoconConversions.AsUnsigned(value)),
        [typeof(double)] = new("a finite number", value => HoconConversions.AsDouble(value)),
        [typeof(bool)] = new("true or false", value => HoconConversions.AsBoolean(value)),
        [typeof(string)] = new("a string", HoconConversions.AsString),
        [typeof(TimeSpan)] = new("a duration such as 10 s", value => HoconConversions.AsDuration(value)),
        [typeof(NodeSite)] = Names(NodeLocation.Sites.ToDictionary(NodeLocation.SiteName, site => (object)site)),
    };

    private static readonly ValueReader _bytes = new("a size such as 512 MiB", value => HoconConversions.AsBytes(value));
    private static readonly ValueReader _fewBytes = new(
        "a size of less than 2 GiB, such as 4 MiB",
        value => HoconConversions.AsBytes(value) is { } and >= 0 and <= int.MaxValue and var bytes ? (int)bytes : null);

    /// <summary>
    /// How the values of <paramref name="option"/> are written: by its type, and as a size when its key says bytes or memory.
    /// </summary>
    /// <exception cref="NotSupportedException">the property's type has no written form yet</exception>
    public static ValueReader For(Option option)
    {
        var type = Nullable.GetUnderlyingType(option.Type) ?? option.Type;
        var isSize = option.Key.EndsWith("_bytes", StringComparison.Ordinal) || option.Key.StartsWith("memory_", StringComparison.Ordinal);
        if (isSize && type == typeof(long)) return _bytes;
        if (isSize && type == typeof(int)) return _fewBytes;
        if (ElementOf(type) is { } element && OfElement(element) is { } item)
            return new ValueReader($"a list in [ ] of which each element is {item.Expected}", value => ReadList(value, element, item));
        return OfElement(type)
            ?? throw new NotSupportedException(
                $"{option.Property.DeclaringType}.{option.Property.Name} is a {option.Type}: expected a type that configuration can be "
                    + $"read into");
    }

    private static Array? ReadList(HoconValue value, Type element, ValueReader item)
    {
        if (HoconConversions.AsList(value) is not { } list) return null;
        var read = list.Items.Select(item.Read).ToList();
        if (read.Contains(null)) return null;
        var result = Array.CreateInstance(element, read.Count);
        ((ICollection)read).CopyTo(result, 0);
        return result;
    }

    private static ValueReader? OfElement(Type type) => _readers.GetValueOrDefault(type) ?? (type.IsEnum
        ? Names(Enum.GetValues(type).Cast<object>().ToDictionary(value => OptionSchema.KeyOf(value.ToString()!)))
        : null);

    private static Type? ElementOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    private static ValueReader Names(Dictionary<string, object> names) => new(
        "one of " + string.Join(", ", names.Keys),
        value => HoconConversions.AsString(value) is { } name ? names.GetValueOrDefault(name) : null);
}
