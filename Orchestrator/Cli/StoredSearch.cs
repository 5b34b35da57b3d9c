using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Configuration;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary>Finds a search by the name that people give it.</summary>
internal static class StoredSearch
{
    private const string Folder = "searches/";

    /// <summary>The search <paramref name="id"/>.</summary>
    /// <param name="id"><c>MODEL/TASK</c>, with or without <c>searches/</c> and the sweep's folder before it</param>
    /// <param name="folder">the sweep's folder; null to look for it</param>
    /// <param name="config">the node's configuration, or null</param>
    /// <exception cref="CliException">there is none, or several sweeps have one</exception>
    public static (string Name, ReportTask Task, ReportSearch Search) Find(string id, string? folder, string? config)
    {
        var at = id.LastIndexOf(Folder, StringComparison.Ordinal);
        var name = (at < 0 ? id : id[(at + Folder.Length)..]).Trim('/');
        if (folder is null && at > 0) folder = id[..at];
        var known = (folder is null ? Sweeps() : [folder]).SelectMany(place => Searches(place, config)).ToList();
        var found = known.Where(search => search.Name == name).ToList();
        return found switch
        {
            [{ Task.Search: { } search } only] => (only.Name, only.Task, search),
            [_] => throw new CliException(ExitCode.Invalid, $"the search {name} has not begun yet"),
            [] => throw new CliException(ExitCode.Invalid, Unknown(name, folder, [.. known.Select(search => search.Name).Distinct()])),
            _ => throw new CliException(
                ExitCode.Invalid,
                $"several sweeps have a search {name}: say which with --dir: {string.Join(", ", found.Select(search => search.Folder))}"),
        };
    }

    private static IEnumerable<string> Sweeps() => !Directory.Exists(RunCommand.Runs) ? [] : Directory.GetDirectories(RunCommand.Runs)
        .Where(SweepFolder.HasSweep).Order(StringComparer.Ordinal);

    private static IEnumerable<(string Folder, string Name, ReportTask Task)> Searches(string folder, string? config) =>
        from model in ReportBuilder.Build(StoredSweep.Load(folder, config)).Models
        from task in model.Tasks
        select (folder, $"{model.Id}/{task.Task}", task);

    private static string Unknown(string name, string? folder, IReadOnlyList<string> known)
    {
        var place = folder ?? $"{RunCommand.Runs}/";
        if (known.Count == 0) return $"there is no search {name}: {place} has none yet";
        var near = NearestName.Near(name, known, most: 5);
        return $"there is no search {name} in {place}: did you mean {string.Join(", ", near)}?";
    }
}
