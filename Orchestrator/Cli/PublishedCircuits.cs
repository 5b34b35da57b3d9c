using System.Text.RegularExpressions;
using Sweeps.ModelCore.Tasks;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli;

/// <summary>Finds the circuits that were published with a model: …/TASK/SWEEP/K/viz_data.pt, as OpenAI's are laid out.</summary>
internal static partial class PublishedCircuits
{
    private const string FileName = "viz_data.pt";

    /// <summary>The circuits by task, in ordinal order.</summary>
    /// <param name="place">a folder or a file; null for none</param>
    /// <param name="completions">what follows the two kinds of samples; empty where that is not said</param>
    /// <exception cref="CliException">there are none, two of one task, or one of no task that there is</exception>
    public static IReadOnlyDictionary<string, GivenCircuit> Find(string? place, IReadOnlyList<string> completions)
    {
        var found = new SortedDictionary<string, GivenCircuit>(StringComparer.Ordinal);
        if (place is null)
        {
            return completions.Count == 0
                ? found
                : throw new CliException(
                    ExitCode.Invalid, "--completions says what follows samples of --circuits, and there is no --circuits");
        }
        var path = Path.GetFullPath(place);
        string[] files = File.Exists(path) ? [path]
            : Directory.Exists(path)
                ? [.. Directory.EnumerateFiles(path, FileName, SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
            : throw new CliException(ExitCode.Invalid, $"--circuits is {place}: expected a folder or a {FileName}");
        if (files.Length == 0)
            throw new CliException(ExitCode.Invalid, $"--circuits is {place}: expected a folder with a {FileName} below it");
        foreach (var file in files)
        {
            var task = TaskOf(file);
            if (!found.TryAdd(task, new GivenCircuit { Path = file, Completions = completions }))
                throw new CliException(
                    ExitCode.Invalid,
                    $"--circuits has two circuits of {task}, {found[task].Path} and {file}: expected one; name a narrower folder");
        }
        return completions.Count == 0 || found.Count == 1
            ? found
            : throw new CliException(
                ExitCode.Invalid,
                $"--circuits has {found.Count} circuits, and --completions is of one: name one file, or write completions into the sweep "
                    + $"file");
    }

    /// <summary>The built-in task that a file's path names. The published names have a suffix, as single_double_quote_beeg3.</summary>
    private static string TaskOf(string file)
    {
        var parts = file.Split(Path.DirectorySeparatorChar);
        var named = parts.Length >= 4 ? parts[^4] : "";
        var task = Suffix().Replace(named, "");
        if (TaskCatalog.All.Any(known => known.Name == task)) return task;
        var near = NearestName.Of(task, TaskCatalog.All.Select(known => known.Name));
        throw new CliException(
            ExitCode.Invalid,
            $"{file} is of the task \"{named}\" by its place (TASK/SWEEP/K/{FileName}), and there is none of that "
                + $"name{(near is null ? "" : $": did you mean {near}?")}");
    }

    [GeneratedRegex(@"_beeg\d*$", RegexOptions.CultureInvariant)]
    private static partial Regex Suffix();
}
