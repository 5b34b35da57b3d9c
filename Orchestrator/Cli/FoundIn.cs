using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli;

/// <summary>Finds models, tasks and circuits of a sweep by the names that reports give them.</summary>
internal static class FoundIn
{
    /// <summary>A trained model.</summary>
    /// <exception cref="CliException">there is none of that name, or it is not trained</exception>
    public static ModelSnapshot Model(SweepReadModel sweep, string folder, string id)
    {
        var model = sweep.Models.FirstOrDefault(m => m.Plan.Id.Value == id)
            ?? throw Unknown($"there is no model {id} in {folder}", id, sweep.Models.Select(m => m.Plan.Id.Value));
        return model.Trained is null
            ? throw new CliException(ExitCode.Invalid, $"{id} is not trained{(model.Failure is { } failure ? $": {failure}" : " yet")}")
            : model;
    }

    /// <summary>A task of a model.</summary>
    /// <exception cref="CliException">the model has none of that name</exception>
    public static TaskSnapshot Task(SweepReadModel sweep, ModelSnapshot model, string name)
    {
        if (!model.Selected && sweep.Spec.Tasks.Contains(name))
            throw new CliException(
                ExitCode.Invalid, $"{model.Plan.Id} has no tasks: another training of {model.Plan.Group} goes on to them");
        return model.Tasks.FirstOrDefault(t => t.Task == name)
            ?? throw Unknown($"{model.Plan.Id} has no task {name}", name, sweep.Spec.Tasks);
    }

    /// <summary>The best circuit of a task, validated where it has been; null when its search has not ended with one.</summary>
    public static ArtifactRef? Circuit(TaskSnapshot task) =>
        task.Validation?.Circuit ?? (task.Search is { Completed: true } search ? search.Best?.Outcome?.Circuit?.Circuit : null);

    /// <summary>As <see cref="Circuit(TaskSnapshot)"/>, where there must be one.</summary>
    /// <exception cref="CliException">there is none</exception>
    public static ArtifactRef Circuit(ModelSnapshot model, TaskSnapshot task) => Circuit(task)
        ?? throw new CliException(
            ExitCode.Invalid, $"{model.Plan.Id} has no circuit of {task.Task}: expected a search that has ended with one");

    private static CliException Unknown(string problem, string name, IEnumerable<string> known) =>
        new(ExitCode.Invalid, $"{problem}: {NearestName.Expected(name, [.. known])}");
}
