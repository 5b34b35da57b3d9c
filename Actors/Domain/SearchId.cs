
namespace Sweeps.Domain;

/// <summary>A search is named by its model and its task.</summary>
/// <param name="Model">the model that is pruned</param>
/// <param name="Task">the task that circuits are found for</param>
public readonly record struct SearchId(ModelId Model, string Task)
{
    /// <summary>The trial of one of its prunings; also its output folder.</summary>
    /// <param name="index">the suggestion's index, from 0 over all rounds</param>
    public TrialId Pruning(int index) => new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{this}/{index:0000}"));

    /// <inheritdoc/>
    public override string ToString() => $"searches/{Model}/{Task}";
}
