using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>What `make cluster-chaos` judges writers by, in Python: who had the lease when an event got its place.</summary>
public class ClusterJudgeTests
{
    private const string Script = """
        import sys
        sys.path.insert(0, sys.argv[1])
        import judge
        for wrong in judge.late_events(eval(sys.argv[2]), eval(sys.argv[3])):
            print(wrong)
        """;

    private const string Terms = "[(1, 'a 10 A'), (2, 'b 11 B'), (3, 'a 12 C')]";

    [Theory]
    [InlineData("[(1, 'r/s', 'A'), (2, 'r/t', 'A'), (5, 'r/s', 'B'), (6, 'r/s', 'C')]", Terms, null)]
    [InlineData("[(1, 'r/s', 'A'), (5, 'r/s', 'C')]", Terms, null)]
    [InlineData(
        "[(1, 'r/s', 'A'), (2, 'r/s', 'B'), (3, 'r/t', 'A')]", Terms,
        "r/t: the event at place 3 is of term 1, after one of term 2 in r/s")]
    [InlineData("[(1, 'r/s', 'D')]", Terms, "r/s: the event at place 1 is of D, who never had the lease")]
    [InlineData("[]", "[(1, 'a 10 A'), (1, 'b 11 B')]", "term 1 of b 11 B came after term 1")]
    [InlineData("[]", "[(1, 'a 10 A'), (2, 'b 11 B'), (3, 'a 10 A')]", "a 10 A had the terms 1 and 3")]
    public void It_objects_to_events_of_whoever_had_the_lease_no_more_or_never(string events, string terms, string? expected)
    {
        var found = Python(events, terms);
        if (expected is null) Assert.Empty(found);
        else Assert.Equal(expected, Assert.Single(found));
    }

    private static string[] Python(string events, string terms, [CallerFilePath] string here = "")
    {
        var folder = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "cluster"));
        using var python = Process.Start(
            new ProcessStartInfo("python3", ["-B", "-X", "utf8", "-c", Script, folder, events, terms]) { RedirectStandardOutput = true })!;
        var lines = python.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
        return lines;
    }
}
