using Sweeps.Search;

namespace Sweeps.Domain.Searches;

/// <summary>Between hyperparameters of a pruning and points of the space that they are searched in.</summary>
public static class PruningPoint
{
    /// <summary><see cref="PaperSpaces.Pruning"/> with another centre; its bounds stay.</summary>
    /// <param name="center">where a search starts</param>
    public static SearchSpace Space(PruningHyperparameters center)
    {
        ArgumentNullException.ThrowIfNull(center);
        return new SearchSpace { Parameters = [.. PaperSpaces.Pruning.Parameters.Select(p => p with { Center = Value(p.Name) })] };

        double Value(string name) => name switch
        {
            "k_coef" => center.KCoef,
            "init_noise_scale" => center.InitNoiseScale,
            "init_noise_bias" => center.InitNoiseBias,
            "weight_decay" => center.WeightDecay,
            "lr" => center.Lr,
            "inv_beta2" => center.InvBeta2,
            "lr_warmup_frac" => center.LrWarmupFrac,
            "heaviside_temp" => center.HeavisideTemp,
            _ => throw Unknown(name),
        };
    }

    /// <summary>
    /// The space that a sweep searches: <see cref="PaperSpaces.Pruning"/> as the options change it, without what they freeze.
    /// </summary>
    public static SearchSpace Space(SearchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var parameters = Space(options.Center).Parameters
            .Select(p => (Parameter: p, Options: options.Space.GetValueOrDefault(p.Name)))
            .Where(p => p.Options is not { Frozen: true })
            .Select(p => p.Options?.Apply(p.Parameter) ?? p.Parameter);
        return new SearchSpace { Parameters = [.. parameters] };
    }

    /// <summary>The hyperparameters at <paramref name="values"/>.</summary>
    /// <param name="space">names the values</param>
    /// <param name="values">in the space's order, user units</param>
    /// <param name="rest">has what the space does not name; null for the defaults</param>
    /// <exception cref="ArgumentException">the space names something that is no hyperparameter of a pruning</exception>
    public static PruningHyperparameters Hyperparameters(
        SearchSpace space, IReadOnlyList<double> values, PruningHyperparameters? rest = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(values);
        var point = rest ?? new PruningHyperparameters();
        for (var d = 0; d < values.Count; d++)
        {
            var value = values[d];
            point = space.Parameters[d].Name switch
            {
                "k_coef" => point with { KCoef = value },
                "init_noise_scale" => point with { InitNoiseScale = value },
                "init_noise_bias" => point with { InitNoiseBias = value },
                "weight_decay" => point with { WeightDecay = value },
                "lr" => point with { Lr = value },
                "inv_beta2" => point with { InvBeta2 = value },
                "lr_warmup_frac" => point with { LrWarmupFrac = value },
                "heaviside_temp" => point with { HeavisideTemp = value },
                var name => throw Unknown(name),
            };
        }
        return point;
    }

    private static ArgumentException Unknown(string name) => new($"{name} is no hyperparameter of a pruning");
}
