using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tasks;

/// <summary>The tasks by name.</summary>
public static class TaskCatalog
{
    /// <summary>The twenty built-in tasks, in the order of [G table 1].</summary>
    public static IReadOnlyList<TaskDefinition> All { get; } =
    [
        BuiltInTemplates.Quotes,
        TaskWriters.BracketCounting,
        TaskWriters.SetOrString("set_or_string", writer => writer.Collection()),
        TaskWriters.SetOrString("set_or_string_fixedvarname", _ => WordPool.FixedName),
        .. BuiltInTemplates.Others,
    ];

    /// <summary>The task called <paramref name="name"/>.</summary>
    /// <param name="name">its name</param>
    /// <param name="own">what it is, when it is a user's own; null for a built-in task</param>
    /// <exception cref="TaskException">there is none; the message suggests the nearest name</exception>
    /// <exception cref="JobInputException"><paramref name="own"/> is not valid</exception>
    public static TaskDefinition Get(string name, TaskTemplate? own = null) => own?.Define(name)
        ?? All.FirstOrDefault(t => t.Name == name)
        ?? throw new TaskException($"no task is called '{name}', did you mean '{Spelling.Nearest(name, All.Select(t => t.Name))}'? "
            + $"Known: {string.Join(", ", All.Select(t => t.Name))}");
}
