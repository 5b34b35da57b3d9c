using System.Text;
using System.Text.Json;

namespace Sweeps.Orchestrator.Hocon;

/// <summary>A value of a resolved document: one of JSON's six types, with the place it was written at.</summary>
/// <param name="Origin">where</param>
internal abstract record HoconValue(HoconOrigin Origin)
{
    /// <summary>The type as error messages name it, e.g. "a number".</summary>
    public abstract string Kind { get; }

    /// <summary>The value as error messages show it: JSON on one line, cut when long.</summary>
    public string Show()
    {
        const int MaxShown = 60;
        var json = new StringBuilder();
        Write(json, MaxShown);
        return json.Length <= MaxShown ? json.ToString() : json.ToString(0, MaxShown - 3) + "...";
    }

    /// <summary>The value as compact JSON; numbers as they were written.</summary>
    public string ToJson()
    {
        var json = new StringBuilder();
        Write(json, int.MaxValue);
        return json.ToString();
    }

    /// <summary>
    /// Appends the value as JSON; may stop once <paramref name="to"/> is longer than <paramref name="enough"/>, since lists that refer to
    /// lists can spell out more than the memory holds.
    /// </summary>
    protected internal abstract void Write(StringBuilder to, int enough);

    private protected static string Quote(string text) => JsonSerializer.Serialize(text, _plain);

    private static readonly JsonSerializerOptions _plain =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

/// <summary>null, which also hides what was set before.</summary>
internal sealed record HoconNull(HoconOrigin Origin) : HoconValue(Origin)
{
    public override string Kind => "null";

    protected internal override void Write(StringBuilder to, int enough) => to.Append("null");
}

/// <summary>true or false.</summary>
internal sealed record HoconBoolean(HoconOrigin Origin, bool Value) : HoconValue(Origin)
{
    public override string Kind => "a boolean";

    protected internal override void Write(StringBuilder to, int enough) => to.Append(Value ? "true" : "false");
}

/// <summary>A number, kept as it was written, so that nothing is lost before its type is known.</summary>
internal sealed record HoconNumber(HoconOrigin Origin, string Text) : HoconValue(Origin)
{
    public override string Kind => "a number";

    protected internal override void Write(StringBuilder to, int enough) => to.Append(Text);
}

/// <summary>A string: quoted, unquoted or concatenated.</summary>
internal sealed record HoconString(HoconOrigin Origin, string Text) : HoconValue(Origin)
{
    public override string Kind => "a string";

    protected internal override void Write(StringBuilder to, int enough) => to.Append(Quote(Text));
}

internal sealed record HoconArray(HoconOrigin Origin, IReadOnlyList<HoconValue> Items) : HoconValue(Origin)
{
    public override string Kind => "a list";

    protected internal override void Write(StringBuilder to, int enough)
    {
        to.Append('[');
        var separator = "";
        foreach (var item in Items)
        {
            if (to.Length > enough) return;
            to.Append(separator);
            item.Write(to, enough);
            separator = ", ";
        }
        to.Append(']');
    }
}

/// <summary>A field of an object.</summary>
/// <param name="KeyOrigin">where its key was last written: a value that came by substitution is from elsewhere</param>
/// <param name="Value">its value</param>
internal readonly record struct HoconField(HoconOrigin KeyOrigin, HoconValue Value);

/// <summary>An object; its fields stand in the order in which their keys were first written.</summary>
internal sealed record HoconObject(HoconOrigin Origin, OrderedDictionary<string, HoconField> Fields) : HoconValue(Origin)
{
    public override string Kind => "an object";

    protected internal override void Write(StringBuilder to, int enough)
    {
        to.Append('{');
        var separator = "";
        foreach (var (key, field) in Fields)
        {
            if (to.Length > enough) return;
            to.Append(separator).Append(Quote(key)).Append(": ");
            field.Value.Write(to, enough);
            separator = ", ";
        }
        to.Append('}');
    }

    /// <summary>
    /// The value at <paramref name="path"/>, or null when a key of it is missing or leads into something else than an object.
    /// </summary>
    public HoconField? Find(params ReadOnlySpan<string> path)
    {
        HoconField? found = null;
        HoconValue at = this;
        foreach (var key in path)
        {
            if (at is not HoconObject inside || !inside.Fields.TryGetValue(key, out var field)) return null;
            found = field;
            at = field.Value;
        }
        return found;
    }

    /// <summary>This object over <paramref name="lower"/>: objects at the same key merge, anything else of this object wins.</summary>
    public HoconObject MergeOver(HoconObject lower)
    {
        var merged = new OrderedDictionary<string, HoconField>(lower.Fields);
        foreach (var (key, field) in Fields)
        {
            merged[key] = field.Value is HoconObject above && merged.TryGetValue(key, out var below) && below.Value is HoconObject under
                ? field with { Value = above.MergeOver(under) }
                : field;
        }
        return new HoconObject(Origin, merged);
    }
}
