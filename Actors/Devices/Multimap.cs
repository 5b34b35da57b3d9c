using System.Collections.Immutable;

namespace Sweeps.Actors.Devices;

/// <summary>Several values under one key, sorted, as an immutable dictionary of sets; a key without values is not there.</summary>
internal static class Multimap
{
    public static ImmutableDictionary<TKey, ImmutableSortedSet<TValue>> With<TKey, TValue>(
        this ImmutableDictionary<TKey, ImmutableSortedSet<TValue>> map, TKey key, TValue value, IComparer<TValue> order)
        where TKey : notnull =>
        map.SetItem(key, map.TryGetValue(key, out var values) ? values.Add(value) : ImmutableSortedSet.Create(order, value));

    public static ImmutableDictionary<TKey, ImmutableSortedSet<TValue>> Without<TKey, TValue>(
        this ImmutableDictionary<TKey, ImmutableSortedSet<TValue>> map, TKey key, TValue value)
        where TKey : notnull
    {
        var left = map[key].Remove(value);
        return left.IsEmpty ? map.Remove(key) : map.SetItem(key, left);
    }
}
