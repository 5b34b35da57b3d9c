using System.Collections;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>The files and folders that a sweep's description names.</summary>
internal static class NamedPaths
{
    private const string Reuse = "reuse";
    private const int MostLinks = 40;

    /// <summary>Paths of a record of options, with their keys.</summary>
    /// <param name="record">the record</param>
    /// <param name="prefix">what stands before its keys</param>
    public static IEnumerable<(string Key, string Path)> Of(object record, string prefix = "")
    {
        foreach (var option in OptionSchema.Of(record.GetType()))
        {
            var key = prefix + option.Key;
            foreach (var named in (option.Property.GetValue(record), OptionSchema.EntryOf(option.Type)) switch
            {
                (null, _) => [],
                (string { Length: > 0 } path, _) when RecordBinder.IsPath(option) => [(key, path)],
                (IEnumerable<string> folders, _) when option.Key == Reuse => folders.Select(folder => (key, folder)),
                ({ } entries, { } entry) when OptionSchema.IsSection(entry) => Entries((IEnumerable)entries, key),
                ({ } section, _) when option.IsSection => Of(section, $"{key}."),
                _ => [],
            }) yield return named;
        }
    }

    /// <summary>What is wrong with paths that lead out of some folders, each with its key.</summary>
    /// <param name="spec">the description</param>
    /// <param name="folder">what relative paths are relative to</param>
    /// <param name="allowed">the folders, absolute</param>
    public static IEnumerable<(string Key, string Problem)> Outside(SweepSpec spec, string folder, IReadOnlyList<string> allowed)
    {
        string[] roots = [.. allowed.Select(Real)];
        var expected = allowed.Count > 0
            ? $"a path in {string.Join(" or ", allowed)} (http.allowed_paths of the server)"
            : "no path, as the server allows none (http.allowed_paths)";
        return from named in Of(spec)
               let real = Real(Path.GetFullPath(named.Path, folder))
               where !roots.Any(root => real == root || real.StartsWith(root.TrimEnd('/') + '/', StringComparison.Ordinal))
               select (named.Key, $"{named.Key} is \"{named.Path}\": expected {expected}");
    }

    /// <summary>The path without symbolic links, as far as it exists.</summary>
    private static string Real(string path)
    {
        var (done, rest) = ("/", new Stack<string>(Parts(path)));
        for (var links = 0; rest.TryPop(out var part);)
        {
            if (part == ".") continue;
            if (part == "..")
            {
                done = Path.GetDirectoryName(done) ?? "/";
                continue;
            }
            var next = Path.Combine(done, part);
            if (LinkTarget(next) is not { } target)
            {
                done = next;
                continue;
            }
            // A circle leads nowhere: it is as it is written.
            if (++links > MostLinks) return path;
            if (Path.IsPathRooted(target)) done = "/";
            foreach (var of in Parts(target)) rest.Push(of);
        }
        return done;

        static IEnumerable<string> Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse();
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // what cannot be looked at cannot be read either
        }
    }

    private static IEnumerable<(string Key, string Path)> Entries(IEnumerable entries, string key)
    {
        foreach (var entry in entries)
        {
            var (name, value) = (entry.GetType().GetProperty("Key")!, entry.GetType().GetProperty("Value")!);
            foreach (var named in Of(value.GetValue(entry)!, $"{key}.{name.GetValue(entry)}.")) yield return named;
        }
    }
}
