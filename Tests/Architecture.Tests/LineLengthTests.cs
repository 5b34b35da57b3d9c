using System.Diagnostics;

namespace Sweeps.Architecture.Tests;

/// <summary>Lines that people read side by side have at most 140 columns.</summary>
public sealed class LineLengthTests
{
    private const int Most = 140;

    [Fact]
    public void Lines_of_code_are_short()
    {
        var files = Files("*.cs", "*.cpp", "*.h", "*.py", "*.sh", "*.ts", "*.tsx", "*.mjs", "*.css");
        Assert.True(files.Length > 500, "git names too few files");
        Assert.Empty(files.SelectMany(LongLines));
    }

    private static IEnumerable<string> LongLines(string file)
    {
        var isRaw = false;
        foreach (var (number, line) in Projects.Document(file).Index())
        {
            var quotes = line.Split("\"\"\"").Length - 1;
            // A raw string is a text of its own: JSON, a file, a page's style.
            if (line.Length > Most && !isRaw && quotes == 0) yield return $"{file}:{number + 1} has {line.Length} columns";
            if (quotes % 2 == 1) isRaw = !isRaw;
        }
    }

    private static string[] Files(params string[] patterns)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["ls-files", "--", .. patterns])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Projects.Folder,
        })!;
        var files = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return files.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
