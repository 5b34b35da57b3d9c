namespace Sweeps.Domain.Sweeps;

/// <summary>The models of a sweep that are trained together with bridges.</summary>
internal static class BridgePlan
{
    /// <summary>The models, in the order of the option.</summary>
    /// <param name="spec">a description without <see cref="Problems"/></param>
    /// <param name="models">the others of the sweep</param>
    internal static IEnumerable<PlannedModel> Of(SweepSpec spec, IReadOnlyList<PlannedModel> models) =>
        from name in spec.Bridges.IsOn ? spec.Bridges.Sparse : []
        let like = models.First(model => model.Id.Value == name)
        let id = name + BridgeGridOptions.Suffix
        // The seed of the one that it is like: the same initial weights and batches, so that the two differ by the bridges alone.
        select like with
        {
            Id = new ModelId(id),
            Group = id,
            Dense = null,
            Bridged = new BridgedModel(spec.Bridges.Dense!, name),
        };

    /// <summary>The others, those that bridged ones are like with the dense model to compare them on.</summary>
    internal static IEnumerable<PlannedModel> Compared(SweepSpec spec, IEnumerable<PlannedModel> trained) =>
        spec.Bridges is { Dense: { } dense, Regression: true, Interventions: true }
            ? trained.Select(model => spec.Bridges.Sparse.Contains(model.Id.Value) ? model with { Dense = dense } : model)
            : trained;

    /// <summary>What keeps bridges from being trained between models of the sweep, with the key it is about first.</summary>
    /// <param name="spec">the description</param>
    /// <param name="models">the other models of the sweep</param>
    internal static IEnumerable<(string Key, string Problem)> Problems(SweepSpec spec, IReadOnlyList<PlannedModel> models)
    {
        var grid = spec.Bridges;
        if (!grid.IsOn)
        {
            if (grid.Sparse.Count > 0)
                yield return ("bridges.sparse", "bridges.dense is missing: expected the dense model of the sweep that bridges lead to");
            yield break;
        }
        if (grid.Sparse.Count == 0)
        {
            yield return ("bridges.sparse", "bridges.sparse is empty: expected at least one model of the grid, such as d128n2-l0.125-r0");
            yield break;
        }
        if (models.FirstOrDefault(model => model.Id.Value == grid.Dense) is not { Suggestion: null } dense)
        {
            yield return (
                "bridges.dense",
                $"bridges.dense is \"{grid.Dense}\": expected a dense model of the sweep whose training is not searched: "
                    + Names(models.Where(model => model.Training.L0 == 1 && model.Suggestion is null)));
            yield break;
        }
        if (spec.EarlyStopping.StopsTrainings && models.Count(model => model.Group == dense.Group) > 1)
        {
            yield return (
                "bridges.dense",
                $"bridges.dense is \"{grid.Dense}\", whose training may be stopped early (early_stopping.trainings): expected a model "
                    + "whose training is compared with no other");
        }
        foreach (var name in grid.Sparse)
        {
            if (models.FirstOrDefault(model => model.Id.Value == name) is not { Source: null } sparse)
            {
                yield return (
                    "bridges.sparse",
                    $"bridges.sparse has \"{name}\": expected a model of the grid: "
                        + Names(models.Where(model => model is { Source: null, Training.L0: < 1 })));
            }
            else if (sparse.Suggestion is not null)
            {
                yield return (
                    "bridges.sparse",
                    $"bridges.sparse has \"{name}\" beside training_search, which would have to be searched anew: expected models "
                        + "without a search over their training");
            }
            else if (sparse.Id == dense.Id)
            {
                yield return ("bridges.sparse", $"bridges.sparse has \"{name}\", which is the dense model: expected another");
            }
            else
            {
                // All of a sweep have one vocabulary: it is not known before the tokenizer is.
                var shape = sparse.Config with { VocabSize = dense.Config.VocabSize };
                foreach (var problem in grid.Training.Validate(dense.Config, shape))
                    yield return ("bridges.sparse", $"bridges.sparse has \"{name}\": {problem}");
            }
        }
    }

    private static string Names(IEnumerable<PlannedModel> models)
    {
        var names = string.Join(", ", models.Select(model => model.Id.Value));
        return names.Length > 0 ? names : "there is none";
    }
}
