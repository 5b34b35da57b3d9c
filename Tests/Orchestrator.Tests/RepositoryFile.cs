namespace Sweeps.Orchestrator.Tests;

/// <summary>Files of the repository that tests read where they are.</summary>
internal static class RepositoryFile
{
    /// <summary>The absolute path of a file or folder that is given relative to the repository's root.</summary>
    public static string Path(string relative)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "Sweeps.sln"))) folder = System.IO.Path.GetDirectoryName(folder)!;
        return System.IO.Path.Combine(folder, relative);
    }
}
