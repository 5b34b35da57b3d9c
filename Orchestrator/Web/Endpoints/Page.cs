namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>A part of a list.</summary>
/// <param name="Items">the part</param>
/// <param name="Total">how many there are in all, that the filters leave</param>
/// <param name="Offset">how many come before the part</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, int Total, int Offset);

/// <summary>Cuts lists.</summary>
internal static class Page
{
    /// <summary>Items of a part when nobody says how many.</summary>
    public const int Usual = 100;

    public const int Most = 1000;

    /// <summary>The part of a list that was asked for.</summary>
    /// <param name="all">the list</param>
    /// <param name="offset">how many to leave out at its beginning; null for none</param>
    /// <param name="limit">how many to take; null for <see cref="Usual"/></param>
    /// <param name="view">how an item is shown</param>
    /// <exception cref="RequestException">one of the two is out of range</exception>
    public static Page<TView> Of<T, TView>(IReadOnlyList<T> all, int? offset, int? limit, Func<T, TView> view)
    {
        if (offset < 0) throw RequestException.Invalid($"offset is {offset}: expected 0 or more");
        if (limit is < 1 or > Most) throw RequestException.Invalid($"limit is {limit}: expected 1 to {Most}");
        return new Page<TView>([.. all.Skip(offset ?? 0).Take(limit ?? Usual).Select(view)], all.Count, offset ?? 0);
    }
}
