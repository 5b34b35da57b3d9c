namespace Sweeps.Orchestrator.Hocon;

/// <summary>
/// Replaces substitutions by what they mean. A path is looked up lazily, key by key, in the layers written for each key, so that an
/// object may refer to its own fields; while a layer is being resolved, only the layers below it are visible, which is what makes
/// <c>path = ${path} ":x"</c> refer to the earlier value, and a cycle come to an end.
/// </summary>
internal sealed class HoconResolver(HoconObjectNode root, Func<string, string?> environment)
{
    /// <summary>Substitutions that lead to one another.</summary>
    public const int MaxDepth = 400;

    /// <summary>Characters of a string, or elements of a list, that concatenation may make.</summary>
    public const int MaxLength = 1 << 20;

    private Dictionary<HoconSlot, int> _visible = [];
    private readonly Dictionary<HoconSubstitutionNode, HoconValue?> _resolved = [];
    private readonly HashSet<HoconSubstitutionNode> _inProgress = [];
    private int _depth;

    /// <summary>One layer of a key.</summary>
    private readonly record struct Layer(HoconSlot Slot, int Index)
    {
        public HoconNode Node => Slot.Layers[Index];
    }

    /// <summary>
    /// What is known of a key without resolving it: its layers from the bottom up, and whether something that is no object hides all below.
    /// </summary>
    private readonly record struct View(List<Layer> Layers, bool Opaque);

    /// <summary>The document without substitutions.</summary>
    /// <exception cref="HoconException">
    /// a substitution that is not optional has no value, or values that do not go together are concatenated
    /// </exception>
    public HoconObject Resolve() => Resolve(root);

    private HoconObject Resolve(HoconObjectNode node)
    {
        // A field inside an object looks forward, even when the object is reached from a field that looks back.
        var outside = _visible;
        _visible = [];
        try
        {
            var fields = new OrderedDictionary<string, HoconField>();
            foreach (var (key, slot) in node.Slots)
            {
                if (Resolve(Visible(slot)) is { } value) fields.Add(key, new HoconField(slot.KeyOrigin, value));
            }
            return new HoconObject(node.Origin, fields);
        }
        finally
        {
            _visible = outside;
        }
    }

    /// <summary>
    /// The value of layers: the topmost that is defined, merged with those below for as long as they are objects. Null when none is
    /// defined.
    /// </summary>
    private HoconValue? Resolve(List<Layer> layers)
    {
        HoconObject? above = null;
        for (var i = layers.Count - 1; i >= 0; i--)
        {
            var layer = layers[i];
            var value = layer.Node is HoconSubstitutionNode or HoconConcatNode
                ? Below(layer, () => Resolve(layer.Node))
                : Resolve(layer.Node);
            if (value is HoconObject next) above = above is null ? next : above.MergeOver(next);
            else if (value is not null) return above ?? value;
        }
        return above;
    }

    private HoconValue? Resolve(HoconNode node)
    {
        if (++_depth > MaxDepth) throw new HoconException(node.Origin, $"more than {MaxDepth} values lead to one another: expected less");
        var value = node switch
        {
            HoconLiteralNode literal => literal.Value,
            HoconArrayNode array => new HoconArray(array.Origin, [.. array.Items.Select(Resolve).OfType<HoconValue>()]),
            HoconObjectNode inner => Resolve(inner),
            HoconSubstitutionNode substitution => Resolve(substitution),
            HoconConcatNode concat => Concatenate(concat),
            _ => throw new InvalidOperationException($"unknown node {node.GetType()}"),
        };
        _depth--;
        return value;
    }

    private HoconValue? Resolve(HoconSubstitutionNode node)
    {
        if (_resolved.TryGetValue(node, out var known)) return known;
        if (!_inProgress.Add(node))
            throw new HoconCycleException(node.Origin, $"{node.Show()} refers to itself: a cycle that no earlier value breaks");
        var depth = _depth;
        HoconValue? value = null;
        try
        {
            value = node.Candidates.Select(path => Resolve(Lookup(path).Layers)).FirstOrDefault(found => found is not null)
                ?? Environment(node);
        }
        catch (HoconCycleException) when (node.Optional)
        {
            _depth = depth;
        }
        finally
        {
            _inProgress.Remove(node);
        }
        if (value is null && !node.Optional) throw Undefined(node);
        return _resolved[node] = value;
    }

    private HoconString? Environment(HoconSubstitutionNode node) =>
        node.Variable is { } name && environment(name) is { } text
            ? new HoconString(new HoconOrigin($"environment variable {name}", 0), text)
            : null;

    private static HoconException Undefined(HoconSubstitutionNode node) => new(node.Origin,
        $"{node.Show()} has no value: expected a key of that path, written before this one where it refers to itself, or an environment "
            + $"variable; or ${{?...}} where it may be missing");

    private View Lookup(ReadOnlySpan<string> path)
    {
        if (!root.Slots.TryGetValue(path[0], out var slot)) return new View([], false);
        var view = new View(Visible(slot), false);
        foreach (var key in path[1..]) view = Child(view.Layers, key);
        return view;
    }

    private View Child(List<Layer> layers, string key)
    {
        var found = new List<Layer>();
        for (var i = layers.Count - 1; i >= 0; i--)
        {
            var child = Child(layers[i], layers[i].Node, key);
            found.InsertRange(0, child.Layers);
            if (child.Opaque) return new View(found, true);
        }
        return new View(found, false);
    }

    private View Child(Layer layer, HoconNode node, string key)
    {
        switch (node)
        {
            case HoconObjectNode inner:
                return new View(inner.Slots.TryGetValue(key, out var slot) ? Visible(slot) : [], false);
            case HoconSubstitutionNode substitution:
                return Below(layer, () => Child(substitution, key));
            case HoconConcatNode { MayBeObject: true } concat:
                var found = new List<Layer>();
                foreach (var part in concat.Parts.Reverse().Where(part => part is not HoconLiteralNode))
                {
                    var child = Child(layer, part, key);
                    found.InsertRange(0, child.Layers);
                    if (child.Opaque) return new View(found, true);
                }
                return new View(found, false);
            default:
                return new View([], true);
        }
    }

    private View Child(HoconSubstitutionNode substitution, string key)
    {
        foreach (var path in substitution.Candidates)
        {
            if (Lookup(path) is { Layers: { Count: > 0 } target }) return Child(target, key);
        }
        if (Environment(substitution) is not null) return new View([], true);
        return substitution.Optional ? new View([], false) : throw Undefined(substitution);
    }

    private List<Layer> Visible(HoconSlot slot) =>
        [.. Enumerable.Range(0, _visible.GetValueOrDefault(slot, slot.Layers.Count)).Select(index => new Layer(slot, index))];

    /// <summary>Does <paramref name="work"/> while only the layers below <paramref name="layer"/> can be seen.</summary>
    private T Below<T>(Layer layer, Func<T> work)
    {
        var limited = _visible.TryGetValue(layer.Slot, out var before);
        _visible[layer.Slot] = layer.Index;
        try
        {
            return work();
        }
        finally
        {
            if (limited) _visible[layer.Slot] = before;
            else _visible.Remove(layer.Slot);
        }
    }

    private HoconValue? Concatenate(HoconConcatNode node)
    {
        var parts = node.Parts.Select(part => (Node: part, Value: Resolve(part))).ToList();
        var values = parts.Where(part => part.Value is not null && part.Node is not HoconLiteralNode { IsSpace: true }).Select(
            part => part.Value!).ToList();
        if (values.Count == 0) return null;
        if (values.Any(value => value is HoconArray)) return Join(node, values);
        if (values.Any(value => value is HoconObject))
        {
            if (values.Find(value => value is not HoconObject) is { } other) throw Mixed(node, other, "an object");
            return values.Cast<HoconObject>().Aggregate((lower, upper) => upper.MergeOver(lower));
        }
        var text = string.Concat(
            parts.Select(part => part.Node is HoconLiteralNode literal ? literal.Text : HoconConversions.SimpleText(part.Value)));
        return text.Length <= MaxLength ? new HoconString(node.Origin, text) : throw TooLong(node);
    }

    private static HoconArray Join(HoconConcatNode node, List<HoconValue> values)
    {
        var items = new List<HoconValue>();
        foreach (var value in values)
        {
            items.AddRange(HoconConversions.AsList(value)?.Items ?? throw Mixed(node, value, "a list"));
            if (items.Count > MaxLength) throw TooLong(node);
        }
        return new HoconArray(node.Origin, items);
    }

    private static HoconException Mixed(HoconConcatNode node, HoconValue value, string other) =>
        new(
            node.Origin,
            $"{value.Show()} ({value.Kind}) stands beside {other}: expected only strings, only lists or only objects side by side");

    private static HoconException TooLong(HoconConcatNode node) =>
        new(node.Origin, $"the concatenation is longer than {MaxLength} characters or elements: expected less");
}
