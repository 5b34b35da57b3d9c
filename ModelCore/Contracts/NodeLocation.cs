namespace Sweeps.Contracts;

/// <summary>
/// One node location of a model: a site in a layer. Its name, e.g. <c>3.attn.act_in</c>, is how files and reports spell it.
/// </summary>
/// <param name="Layer">0-based layer; of <see cref="FinalResid"/> beyond all</param>
/// <param name="Site">the site in that layer</param>
public readonly record struct NodeLocation(int Layer, NodeSite Site)
{
    private static readonly string[] _siteNames =
        ["attn.act_in", "attn.q", "attn.k", "attn.v", "attn.resid_delta", "mlp.act_in", "mlp.post_act", "mlp.resid_delta"];

    private const string FinalResidName = "final_resid";

    /// <summary>The eight sites of a layer, in order.</summary>
    public static IReadOnlyList<NodeSite> Sites { get; } = [.. Enum.GetValues<NodeSite>().Where(site => site != NodeSite.FinalResid)];

    /// <summary>What the last norm reads.</summary>
    public static NodeLocation FinalResid { get; } = new(int.MaxValue, NodeSite.FinalResid);

    /// <summary>The name, e.g. <c>0.mlp.post_act</c>, or <c>final_resid</c>.</summary>
    public string Name => Site == NodeSite.FinalResid ? FinalResidName : $"{Layer}.{SiteName(Site)}";

    /// <summary>Whether a model of so many layers has it.</summary>
    public bool IsIn(int layers) => Site == NodeSite.FinalResid || Layer < layers;

    /// <summary>The name of a site without its layer, e.g. <c>attn.q</c>.</summary>
    public static string SiteName(NodeSite site) => _siteNames[(int)site];

    /// <summary>The location that <see cref="Name"/> spells.</summary>
    /// <exception cref="FormatException">the text is not "{layer}.{site}"</exception>
    public static NodeLocation Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == FinalResidName) return FinalResid;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var site = dot < 0 ? -1 : Array.IndexOf(_siteNames, name[(dot + 1)..]);
        if (site < 0 || !int.TryParse(name[..dot], out var layer) || layer < 0)
            throw new FormatException(
                $"'{name}' is no node location: expected a layer and one of {string.Join(", ", _siteNames)}, as in 0.attn.act_in, or "
                    + $"{FinalResidName}");
        return new NodeLocation(layer, (NodeSite)site);
    }

    /// <summary>Every location in the layers of a model, in the order a token meets them.</summary>
    public static IEnumerable<NodeLocation> All(int layers) =>
        Enumerable.Range(0, layers).SelectMany(layer => Sites.Select(site => new NodeLocation(layer, site)));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
