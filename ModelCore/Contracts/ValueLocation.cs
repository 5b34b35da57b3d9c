using System.Globalization;

namespace Sweeps.Contracts;

/// <summary>
/// A value of a forward pass: a site in a layer. Its name is how files and reports spell it: <c>1.resid_in</c>, <c>0.mlp.post_act</c>,
/// <c>final_resid</c>. Node locations have the same names as there.
/// </summary>
/// <param name="Layer">0-based layer; of <see cref="FinalResid"/> beyond all</param>
/// <param name="Site">the site in that layer</param>
public readonly record struct ValueLocation(int Layer, ValueSite Site)
{
    // By ValueSite.
    private static readonly string[] _siteNames =
    [
        "resid_in", "attn.act_in", "attn.q", "attn.k", "attn.v", "attn.y", "attn.resid_delta", "resid_mid", "mlp.act_in", "mlp.post_act",
        "mlp.resid_delta", "final_resid",
    ];

    /// <summary>What the last norm reads.</summary>
    public static ValueLocation FinalResid { get; } = new(int.MaxValue, ValueSite.FinalResid);

    /// <summary>The name.</summary>
    public string Name => Site == ValueSite.FinalResid
        ? _siteNames[(int)Site]
        : string.Create(CultureInfo.InvariantCulture, $"{Layer}.{_siteNames[(int)Site]}");

    /// <summary>Whether it is the residual, from which the rest of the model follows.</summary>
    public bool IsResidual => Site is ValueSite.ResidIn or ValueSite.ResidMid or ValueSite.FinalResid;

    /// <summary>The node location that it is, or null: <see cref="FinalResid"/> is one.</summary>
    public NodeLocation? Node => Site switch
    {
        ValueSite.AttnActIn => new(Layer, NodeSite.AttnActIn),
        ValueSite.AttnQ => new(Layer, NodeSite.AttnQ),
        ValueSite.AttnK => new(Layer, NodeSite.AttnK),
        ValueSite.AttnV => new(Layer, NodeSite.AttnV),
        ValueSite.AttnResidDelta => new(Layer, NodeSite.AttnResidDelta),
        ValueSite.MlpActIn => new(Layer, NodeSite.MlpActIn),
        ValueSite.MlpPostAct => new(Layer, NodeSite.MlpPostAct),
        ValueSite.MlpResidDelta => new(Layer, NodeSite.MlpResidDelta),
        ValueSite.FinalResid => NodeLocation.FinalResid,
        _ => null,
    };

    /// <summary>Whether a model of so many layers has it.</summary>
    public bool IsIn(int layers) => Site == ValueSite.FinalResid || Layer < layers;

    /// <summary>Channels at this location.</summary>
    public int Width(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Node is { } node ? config.Width(node.Site) : config.DModel;
    }

    /// <summary>The location that <see cref="Name"/> spells.</summary>
    /// <exception cref="FormatException">the text is no location</exception>
    public static ValueLocation Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return TryParse(name, out var location)
            ? location
            : throw new FormatException(
                $"'{name}' is no location: expected a layer and one of {string.Join(", ", _siteNames[..^1])}, as in 1.resid_in, or "
                    + $"{_siteNames[^1]}");
    }

    /// <summary>Whether a text spells a location, and which.</summary>
    public static bool TryParse(string? name, out ValueLocation location)
    {
        location = FinalResid;
        if (name is null) return false;
        if (name == FinalResid.Name) return true;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var site = dot < 0 ? -1 : Array.IndexOf(_siteNames, name[(dot + 1)..]);
        if (site < 0 || site == (int)ValueSite.FinalResid
            || !int.TryParse(name.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var layer))
            return false;
        location = new ValueLocation(layer, (ValueSite)site);
        return true;
    }

    /// <summary>Every location of a model, in the order a token meets them.</summary>
    public static IEnumerable<ValueLocation> All(int layers) =>
        Enumerable.Range(0, layers)
            .SelectMany(layer => Enum.GetValues<ValueSite>().Where(site => site != ValueSite.FinalResid)
                .Select(site => new ValueLocation(layer, site)))
            .Append(FinalResid);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
