using System.ComponentModel;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>An option of a record: a property and the key that sets it.</summary>
/// <param name="Key">the property's name in snake_case: <c>n_layer</c> for <c>NLayer</c></param>
/// <param name="Property">the property</param>
/// <param name="Required">whether the file must set it</param>
/// <param name="Nullable">whether null may be written for it</param>
internal sealed record Option(string Key, PropertyInfo Property, bool Required, bool Nullable)
{
    /// <summary>The type of its values, for an object that may be null the object's.</summary>
    public Type Type => Property.PropertyType;

    /// <summary>Whether it is a section, with options of its own.</summary>
    public bool IsSection => OptionSchema.IsSection(Type);
}

/// <summary>
/// The options that a record has. There is no list of them to keep: a settable property is an option
/// unless it is marked as not browsable, its type is what is expected,
/// its initial value the default, and the record's <c>Validate</c> its range.
/// </summary>
internal static class OptionSchema
{
    private static readonly NullabilityInfoContext _nullability = new();

    /// <summary>The options of <paramref name="record"/>, in the order of its declaration.</summary>
    public static IReadOnlyList<Option> Of(Type record) =>
    [
        .. record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsOption).Select(property =>
            new Option(KeyOf(property.Name), property, property.IsDefined(typeof(RequiredMemberAttribute)), MayBeNull(property))),
    ];

    /// <summary>The key of a property: <c>NLayer</c> is n_layer, <c>L0AnnealFraction</c> is l0_anneal_fraction.</summary>
    public static string KeyOf(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);

    /// <summary>Whether <paramref name="type"/> is a record of options.</summary>
    public static bool IsSection(Type type) => type.IsClass && type != typeof(string) && type.GetConstructor(Type.EmptyTypes) is not null;

    /// <summary>The record of options that each entry of a section with free keys is; null for other types.</summary>
    public static Type? EntryOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) ? type.GetGenericArguments()[1] : null;

    /// <summary>The paths at which a key is an option, anywhere below <paramref name="record"/>.</summary>
    public static IEnumerable<string> PathsOf(string key, Type record, string path = "")
    {
        foreach (var option in Of(record))
        {
            if (option.Key == key) yield return path + key;
            if (!option.IsSection) continue;
            foreach (var found in PathsOf(key, option.Type, $"{path}{option.Key}.")) yield return found;
        }
    }

    private static bool IsOption(PropertyInfo property) =>
        property.SetMethod is not null && property.GetCustomAttribute<BrowsableAttribute>() is not { Browsable: false };

    private static bool MayBeNull(PropertyInfo property)
    {
        lock (_nullability) return _nullability.Create(property).WriteState == NullabilityState.Nullable;
    }
}
