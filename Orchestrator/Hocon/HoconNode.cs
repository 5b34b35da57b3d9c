namespace Sweeps.Orchestrator.Hocon;

/// <summary>
/// A part of a parsed document in which substitutions still stand. Compared by identity: two occurrences of one text may differ in value.
/// </summary>
internal abstract class HoconNode(HoconOrigin origin)
{
    public HoconOrigin Origin => origin;
}

/// <summary>A simple value, or unquoted whitespace between two values, which vanishes between arrays or objects.</summary>
internal sealed class HoconLiteralNode(HoconValue value, string text, bool isSpace = false) : HoconNode(value.Origin)
{
    /// <summary>null, a boolean, a number or a string.</summary>
    public HoconValue Value => value;

    /// <summary>The value as it was written, which is what a concatenation uses.</summary>
    public string Text => text;

    /// <summary>Whether it is unquoted whitespace.</summary>
    public bool IsSpace => isSpace;
}

internal sealed class HoconArrayNode(HoconOrigin origin, IReadOnlyList<HoconNode> items) : HoconNode(origin)
{
    public IReadOnlyList<HoconNode> Items => items;
}

/// <summary>Values side by side.</summary>
internal sealed class HoconConcatNode(HoconOrigin origin, IReadOnlyList<HoconNode> parts) : HoconNode(origin)
{
    /// <summary>The values, and the whitespace between them.</summary>
    public IReadOnlyList<HoconNode> Parts => parts;

    /// <summary>Whether it can turn out to be an object: it has no other parts than objects, substitutions and whitespace.</summary>
    public bool MayBeObject { get; } = parts.All(
        part => part is HoconObjectNode or HoconSubstitutionNode or HoconLiteralNode { IsSpace: true });
}

/// <summary>A substitution.</summary>
/// <param name="origin">where it stands</param>
/// <param name="candidates">paths to look it up at, in this order: in an included file first relative to that file's root</param>
/// <param name="optional">whether it may be undefined</param>
/// <param name="variable">the environment variable that it falls back to, or null</param>
internal sealed class HoconSubstitutionNode(
    HoconOrigin origin, IReadOnlyList<string[]> candidates, bool optional, string? variable) : HoconNode(origin)
{
    /// <summary>Paths to look it up at, in order.</summary>
    public IReadOnlyList<string[]> Candidates => candidates;

    public bool Optional => optional;

    /// <summary>The environment variable that it falls back to, or null.</summary>
    public string? Variable => variable;

    public string Show() => $"${{{(optional ? "?" : "")}{HoconPath.Render(candidates[^1])}}}";
}

/// <summary>An object: its keys, each with the layers of values that were written for it.</summary>
internal sealed class HoconObjectNode(HoconOrigin origin) : HoconNode(origin)
{
    /// <summary>The keys in the order of their first mention.</summary>
    public OrderedDictionary<string, HoconSlot> Slots { get; } = [];

    /// <summary>Writes <paramref name="value"/> at <paramref name="path"/>, making the objects on the way.</summary>
    public void Put(ReadOnlySpan<string> path, HoconNode value, HoconOrigin keyOrigin)
    {
        if (path.Length > 1)
        {
            var inner = new HoconObjectNode(keyOrigin);
            inner.Put(path[1..], value, keyOrigin);
            value = inner;
        }
        if (!Slots.TryGetValue(path[0], out var slot)) Slots.Add(path[0], slot = new HoconSlot());
        slot.Push(value, keyOrigin);
    }

    /// <summary>Writes every field of <paramref name="later"/> over this object.</summary>
    public void Absorb(HoconObjectNode later)
    {
        foreach (var (key, slot) in later.Slots)
        {
            foreach (var layer in slot.Layers) Put([key], layer, slot.KeyOrigin);
        }
    }
}

/// <summary>What was written for one key, in order. A later layer may look back at the earlier ones, or merge with them.</summary>
internal sealed class HoconSlot
{
    /// <summary>The layers, the latest last. Layers that nothing can see any more are gone.</summary>
    public List<HoconNode> Layers { get; } = [];

    /// <summary>Where the key was last written.</summary>
    public HoconOrigin KeyOrigin { get; private set; }

    public void Push(HoconNode value, HoconOrigin keyOrigin)
    {
        KeyOrigin = keyOrigin;
        var top = Layers.Count > 0 ? Layers[^1] : null;
        if (value is HoconObjectNode later && top is HoconObjectNode earlier)
        {
            earlier.Absorb(later);
            return;
        }
        var hides = value is HoconLiteralNode or HoconArrayNode || (value is HoconObjectNode && top is HoconLiteralNode or HoconArrayNode);
        if (hides) Layers.Clear();
        Layers.Add(value);
    }
}
