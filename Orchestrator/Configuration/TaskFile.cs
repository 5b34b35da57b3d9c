using System.Text.RegularExpressions;
using Sweeps.ModelCore.Tasks;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>A file of a user's own tasks, which a sweep file includes: what is under own_tasks there.</summary>
internal sealed partial record TaskFile
{
    public IReadOnlyDictionary<string, TaskTemplate> OwnTasks { get; init; } = new Dictionary<string, TaskTemplate>();

    /// <summary>Reads and checks a file that has own tasks and nothing else.</summary>
    /// <exception cref="InvalidConfigurationException">something is wrong in it; the exception lists everything</exception>
    public static IReadOnlyDictionary<string, TaskTemplate> Load(string path) =>
        OptionsFile.Read<TaskFile>(path, environment: null, (file, binder) =>
    {
        if (file.OwnTasks.Count == 0) binder.Add("own_tasks", "own_tasks is empty: expected at least one task");
        CheckNames(file.OwnTasks.Keys, binder);
    }).OwnTasks;

    /// <summary>Names of tasks are parts of file names, and mean one task.</summary>
    public static void CheckNames(IEnumerable<string> names, RecordBinder binder)
    {
        foreach (var name in names)
        {
            if (!Name().IsMatch(name))
                binder.Add(
                    $"own_tasks.{name}",
                    $"own_tasks has \"{name}\": expected up to 64 lower-case letters, digits and '_', the first a letter");
            if (TaskCatalog.All.Any(task => task.Name == name))
                binder.Add($"own_tasks.{name}", $"own_tasks.{name} is the name of a built-in task: expected another");
        }
    }

    [GeneratedRegex(@"^[a-z][a-z0-9_]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
