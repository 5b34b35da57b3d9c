using System.Text.Json;
using System.Xml.Linq;

namespace Sweeps.Architecture.Tests;

/// <summary>The projects of the solution by name, and what their files say that they use.</summary>
internal static class Projects
{
    private static readonly Lazy<Dictionary<string, string>> _files = new(() =>
        Directory.EnumerateFiles(Root(), "*.csproj", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file), StringComparer.Ordinal));

    public static IReadOnlyCollection<string> Names => _files.Value.Keys;

    /// <summary>The projects that <paramref name="name"/> refers to, by way of others as well.</summary>
    public static IReadOnlyCollection<string> Reach(string name)
    {
        var reached = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>(Direct(name));
        while (open.TryDequeue(out var next))
            if (reached.Add(next))
                foreach (var further in Direct(next)) open.Enqueue(further);
        return reached;
    }

    /// <summary>The packages that the file of <paramref name="name"/> itself names.</summary>
    public static IReadOnlyList<string> Packages(string name) => Includes(name, "PackageReference");

    /// <summary>Whether a project is part of what ships, not a test or a tool for tests.</summary>
    public static bool IsProduct(string name) =>
        !name.EndsWith(".Tests", StringComparison.Ordinal) && name is not ("Simulator" or "Benchmarks");

    /// <summary>The packages that the lock file of <paramref name="name"/> holds, those of other packages included.</summary>
    public static IReadOnlyList<string> Locked(string name)
    {
        var path = Path.Combine(Path.GetDirectoryName(_files.Value[name])!, "packages.lock.json");
        using var file = JsonDocument.Parse(File.ReadAllBytes(path));
        return
        [
            .. from framework in file.RootElement.GetProperty("dependencies").EnumerateObject()
               from package in framework.Value.EnumerateObject()
               where package.Value.GetProperty("type").GetString() != "Project"
               select package.Name,
        ];
    }

    /// <summary>The Markdown pages of the solution, as paths from its root; none of what is built or run in it.</summary>
    public static IReadOnlyList<string> Documents { get; } =
    [
        .. from file in Directory.EnumerateFiles(Root(), "*.md", SearchOption.AllDirectories)
           let path = Path.GetRelativePath(Root(), file)
           where !path.Split('/').Any(part => part is "bin" or "obj" or "runs" or "node_modules" || part.StartsWith('.'))
           orderby path
           select path,
    ];

    /// <summary>The solution's folder.</summary>
    public static string Folder => Root();

    /// <summary>Whether a file or folder of the solution exists.</summary>
    public static bool Exists(string path) => Path.Exists(Path.Combine(Root(), path));

    /// <summary>The lines of a document of the solution.</summary>
    public static IReadOnlyList<string> Document(string path) => File.ReadAllLines(Path.Combine(Root(), path));

    private static IEnumerable<string> Direct(string name)
    {
        // Tests/Directory.Build.props gives each test project what it tests.
        string[] tested = name.EndsWith(".Tests", StringComparison.Ordinal) && _files.Value.ContainsKey(name[..^6]) ? [name[..^6]] : [];
        return Includes(name, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)).Concat(tested);
    }

    private static List<string> Includes(string name, string item) =>
        [.. XDocument.Load(_files.Value[name]).Descendants(item).Select(e => e.Attribute("Include")!.Value.Replace('\\', '/'))];

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Sweeps.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
