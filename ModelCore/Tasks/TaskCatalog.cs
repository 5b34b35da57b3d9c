using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tasks;

/// <summary>The tasks by name.</summary>
public static class TaskCatalog
{
    /// <summary>All tasks, in the order of [G table 1].</summary>
    public static IReadOnlyList<TaskDefinition> All { get; } =
    [
        new("single_double_quote", "close with the quote that opened", TaskWriters.SingleDoubleQuote),
        new("bracket_counting", "close as many lists as are open", TaskWriters.BracketCounting),
        new("set_or_string", "add to a set, append to a string", TaskWriters.SetOrString),
    ];

    /// <summary>The task called <paramref name="name"/>.</summary>
    /// <exception cref="TaskException">there is none; the message suggests the nearest name</exception>
    public static TaskDefinition Get(string name) => All.FirstOrDefault(t => t.Name == name)
        ?? throw new TaskException($"no task is called '{name}', did you mean '{Spelling.Nearest(name, All.Select(t => t.Name))}'? "
            + $"Known: {string.Join(", ", All.Select(t => t.Name))}");
}
